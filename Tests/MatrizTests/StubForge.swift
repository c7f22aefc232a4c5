import Forge
import Platform
import Synchronization
import TestSupport

/// A forge whose webhooks say in plain words what they are about, and that reports the failed deliveries it is given.
///
/// A body is `push REF SHA MESSAGE`, `pull NUMBER SHA SECONDS`, `press BUTTON CHECK USER`, `ping`, or cannot be read.
final class StubForge: Forge {
  struct State {
    var failed: [FailedDelivery] = []
    /// What asking for failed deliveries throws, one for each time.
    var refusals: [ForgeError] = []
    /// What asking for another attempt throws, by the delivery's id.
    var redeliveryRefusals: [String: ForgeError] = [:]
    var redelivered: [String] = []
    var lists: [Timestamp] = []

    var supportsChecks = false
    /// What it was told, and what telling it throws, one for each time.
    var statuses: [CommitStatus] = []
    var checks: [Check] = []
    var reportRefusals: [ForgeError] = []
    /// What it shows, by context; and by name and external id.
    var shownStatuses: [String: CommitStatus] = [:]
    var shownChecks: [String: Check.State] = [:]
    /// What looking at it throws, one for each time.
    var lookRefusals: [ForgeError] = []
    /// Who may write to every repository.
    var writers: Set<String> = []
    /// The contexts and checks that were looked at.
    var looks: [String] = []
  }

  let state = Watched(State())

  static func webhook(_ body: String, id: String = UUIDv7.generate()) -> AuthenticWebhook {
    AuthenticWebhook(
      headers: ["content-type": "text/plain"], body: Array(body.utf8), deliveryID: id, eventName: "event")
  }

  func authenticate(_ request: WebhookRequest) throws(ForgeError) -> AuthenticWebhook {
    throw ForgeError(.badSignature, "nobody signs here")
  }

  func decode(_ webhook: AuthenticWebhook) throws(ForgeError) -> WebhookDelivery {
    let text = String(decoding: webhook.body, as: UTF8.self)
    let words = text.split(separator: " ", maxSplits: 3).map(String.init)
    let repository = WebhookRepository(name: "acme/widgets", cloneURL: "http://x/y.git", installationID: nil)
    let event: WebhookEvent
    switch (words.first, words.count) {
    case ("push", 4) where words[1].hasPrefix("refs/tags/"):
      event = .tagPush(
        .init(
          repository: repository, ref: words[1], tag: String(words[1].dropFirst("refs/tags/".count)),
          sha: words[2],
          message: words[3], sender: "mona"))
    case ("push", 4):
      event = .push(
        .init(
          repository: repository, ref: words[1], sha: words[2], message: words[3], sender: "mona",
          pushedAt: Int64(words[3]).map { Timestamp(milliseconds: $0 * 1_000) }))
    case ("pull", 4):
      event = .pullRequest(
        .init(
          repository: repository, number: Int64(words[1]) ?? 0, ref: "refs/pull/\(words[1])/merge",
          sha: words[2],
          mergeSha: nil, title: "A change", sender: "mona", fromFork: false,
          updatedAt: Int64(words[3]).map { Timestamp(milliseconds: $0 * 1_000) }))
    case ("press", 4):
      event = .actionRequested(
        .init(
          repository: repository, sha: "abc", externalID: words[2], identifier: words[1], sender: words[3]))
    case ("ping", 1): event = .ping
    default: throw ForgeError(.malformed, "'\(text)' cannot be read")
    }
    return WebhookDelivery(id: webhook.deliveryID ?? "", name: words[0], event: event)
  }

  func payload(of webhook: AuthenticWebhook) throws(ForgeError) -> [UInt8] { webhook.body }

  func failedDeliveries(since: Timestamp) async throws(ForgeError) -> [FailedDelivery] {
    let (failed, refusal) = state.withLock { state in
      state.lists.append(since)
      return (state.failed, state.refusals.isEmpty ? nil : state.refusals.removeFirst())
    }
    if let refusal { throw refusal }
    return failed.filter { $0.lastAttemptAt >= since }
  }

  func redeliver(_ delivery: FailedDelivery) async throws(ForgeError) {
    let refusal = state.withLock { state in
      state.redelivered.append(delivery.deliveryID)
      return state.redeliveryRefusals[delivery.deliveryID]
    }
    if let refusal { throw refusal }
  }

  func commitMessage(repository: String, sha: String) async throws(ForgeError) -> String { "" }

  func mayWrite(to repository: String, user: String) async throws(ForgeError) -> Bool {
    try refuse(\.lookRefusals)
    return state.withLock { $0.writers.contains(user) }
  }

  func cloneCredentials(repository: String) async throws(ForgeError) -> CloneCredentials {
    throw ForgeError(.refused, "nobody clones here")
  }

  func updateStatus(repository: String, sha: String, status: CommitStatus) async throws(ForgeError) {
    try refuse(\.reportRefusals)
    state.withLock { state in
      state.statuses.append(status)
      state.shownStatuses[status.context] = status
    }
  }

  func shownStatus(
    repository: String, sha: String, context: String
  ) async throws(ForgeError) -> CommitStatus? {
    state.withLock { $0.looks.append(context) }
    try refuse(\.lookRefusals)
    return state.withLock { $0.shownStatuses[context] }
  }

  var supportsChecks: Bool { state.withLock(\.supportsChecks) }

  func updateCheck(repository: String, sha: String, check: Check) async throws(ForgeError) {
    try refuse(\.reportRefusals)
    state.withLock { state in
      state.checks.append(check)
      state.shownChecks["\(check.name) \(check.externalID)"] = check.state
    }
  }

  func shownCheck(
    repository: String, sha: String, name: String, externalID: String
  ) async throws(ForgeError) -> Check.State? {
    state.withLock { $0.looks.append("check \(name)") }
    try refuse(\.lookRefusals)
    return state.withLock { $0.shownChecks["\(name) \(externalID)"] }
  }

  private func refuse(_ refusals: WritableKeyPath<State, [ForgeError]>) throws(ForgeError) {
    let refusal = state.withLock { state in
      state[keyPath: refusals].isEmpty ? nil : state[keyPath: refusals].removeFirst()
    }
    if let refusal { throw refusal }
  }

  func releaseAsset(repository: String, tag: String, name: String) async throws(ForgeError) -> ReleaseAsset? {
    nil
  }

  func uploadReleaseAsset(
    repository: String, tag: String, name: String, content: ByteStream, contentType: String?
  ) async throws(ForgeError) -> ReleaseAsset {
    throw ForgeError(.refused, "nobody uploads here")
  }
}
