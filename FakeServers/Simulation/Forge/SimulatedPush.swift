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

  var tag: String? {
    kind == .tag ? String(ref.dropFirst("refs/tags/".count)) : nil
  }
}
