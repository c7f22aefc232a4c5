extension FakeNomad {
  /// Something that goes wrong on purpose.
  public enum Fault: Sendable, Hashable {
    /// An answer instead of the real one; nothing is done.
    case respond(status: Int, body: String = "")
    /// The request is carried out, and answered later.
    case delay(milliseconds: Int)
    /// The connection is cut; nothing is done.
    case cut
    /// The request is carried out and the connection cut instead of an answer.
    case cutAfterHandling
    /// The request is carried out, and the connection cut in the middle of the answer's body.
    case truncate

    /// What servers answer while they elect a leader.
    public static let noLeader = Fault.respond(status: 500, body: "No cluster leader")
  }
}

/// A fault and the requests that it is for.
struct PlannedFault: Sendable {
  /// `nil` for any.
  let method: String?
  let pathPrefix: String
  /// So many such requests are answered as usual before.
  var skipping: Int
  var remaining: Int
  let fault: FakeNomad.Fault

  func matches(method: String, path: String) -> Bool {
    remaining > 0 && (self.method == nil || self.method == method) && path.hasPrefix(pathPrefix)
  }
}
