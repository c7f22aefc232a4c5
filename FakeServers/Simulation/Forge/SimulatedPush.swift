import Forge
import Platform

/// What somebody did at the forge, and the delivery that tells of it.
struct SimulatedPush {
  enum Kind {
    case branch
    case tag
    case pullRequest
  }

  /// The forge's id of the delivery; one that is sent again keeps it.
  let delivery: String
  let kind: Kind
  let repository: String
  let ref: String
  let sha: String
  /// What the head commit's message asks for.
  let skipMarker: String?
  /// By the forge's clock.
  let pushedAt: Timestamp

  var tag: String? {
    kind == .tag ? String(ref.dropFirst("refs/tags/".count)) : nil
  }
}

extension SimulatedPush {
  /// What its webhook says.
  var webhook: WebhookDelivery {
    let repository = WebhookRepository(
      name: self.repository, cloneURL: "http://forge.test/\(self.repository).git", installationID: nil)
    let message = ["A change", skipMarker].compactMap { $0 }.joined(separator: " ")
    let event: WebhookEvent =
      switch kind {
      case .branch:
        .push(
          .init(
            repository: repository, ref: ref, sha: sha, message: message, sender: "ann", pushedAt: pushedAt))
      case .tag:
        .tagPush(
          .init(repository: repository, ref: ref, tag: tag ?? ref, sha: sha, message: message, sender: "ann"))
      case .pullRequest:
        .pullRequest(
          .init(
            repository: repository, number: 7, ref: ref, sha: sha, mergeSha: nil, title: "A change",
            sender: "ann", fromFork: false, updatedAt: pushedAt))
      }
    return WebhookDelivery(id: delivery, name: "push", event: event)
  }
}
