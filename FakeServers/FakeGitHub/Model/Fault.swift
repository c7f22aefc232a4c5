extension FakeGitHub {
  /// Something that goes wrong on purpose.
  public enum Fault: Sendable, Hashable {
    /// An answer instead of the real one; nothing is done.
    case respond(status: Int, headers: [String: String] = [:], body: String = "")
    /// The real answer, later.
    case delay(milliseconds: Int)
    /// The connection is cut; nothing is done.
    case cut
    /// The request is carried out and the connection cut instead of an answer.
    case cutAfterHandling
    /// The real answer's head and the first bytes of its body; then the connection is cut.
    case truncate(afterBytes: Int)
    /// That many bytes of the request's body are taken, then the connection is cut. An asset stays in state `starter`.
    case abandonUpload(afterBytes: Int)

    /// Whether the client gets no answer at all.
    var cutsConnection: Bool {
      switch self {
      case .cut, .cutAfterHandling, .abandonUpload: true
      case .respond, .delay, .truncate: false
      }
    }
  }
}

/// A fault and the requests that it is for.
struct PlannedFault: Sendable {
  /// `nil` for any.
  let method: String?
  let pathPrefix: String
  var remaining: Int
  let fault: FakeGitHub.Fault

  func matches(method: String, path: String) -> Bool {
    remaining > 0 && (self.method == nil || self.method == method) && path.hasPrefix(pathPrefix)
  }
}

extension Model {
  /// The first fault planned for such a request, counted down. The path is the API's, without `/api/v3`.
  mutating func takeFault(method: String, path: String) -> FakeGitHub.Fault? {
    guard let index = faults.firstIndex(where: { $0.matches(method: method, path: path) }) else { return nil }
    faults[index].remaining -= 1
    let fault = faults[index].fault
    if faults[index].remaining == 0 { faults.remove(at: index) }
    return fault
  }
}
