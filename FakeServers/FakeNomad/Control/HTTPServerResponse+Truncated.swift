import Glibc
import HTTP
import Platform
import Synchronization

extension HTTPServerResponse {
  /// The same, of which half the body comes before the connection is cut.
  func truncated() -> HTTPServerResponse {
    guard case .bytes(let bytes) = body, bytes.count > 1 else { return .reset }
    let half = HalfOfABody(bytes)
    var response = self
    response.body = .stream(ByteStream(length: Int64(bytes.count)) { try half.next() })
    return response
  }
}

/// Gives the first half, then fails.
private final class HalfOfABody: Sendable {
  private let rest: Mutex<[UInt8]?>

  init(_ bytes: [UInt8]) {
    rest = Mutex(Array(bytes.prefix(bytes.count / 2)))
  }

  func next() throws -> [UInt8] {
    let half = rest.withLock { rest in
      defer { rest = nil }
      return rest
    }
    guard let half else { throw SystemError(code: EPIPE, operation: "send the rest of a body") }
    return half
  }
}
