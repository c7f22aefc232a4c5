import FoundationEssentials
package import Platform

/// A request as a handler sees it: checked, its target split and decoded, its body still on its way.
package struct HTTPServerRequest: Sendable {
  package var method: String
  /// The target as it came, in printable ASCII.
  package var target: String
  /// The target up to the question mark, as it came.
  package var rawPath: String
  /// The path's segments, each percent-decoded after splitting, so one may hold a slash; `/` has none,
  /// and a slash at the end makes an empty last one.
  package var path: [String]
  /// Decoded pairs in order; a name without `=` has an empty value.
  package var query: [(name: String, value: String)]
  package var headers: HTTPHeaders
  /// Who is at the other end of the connection; a proxy, where there is one.
  package var peer: SocketAddress
  /// Pulled by the handler, once. What it leaves is dropped behind the answer.
  package var body: ByteStream
  /// What the route's pattern named, decoded.
  package var parameters: [String: String] = [:]

  /// Reads the target by the rules of `RequestTarget`; throws `HTTPServerError` (400) where it breaks them.
  package init(
    method: String, target: String, headers: HTTPHeaders = [:],
    peer: SocketAddress = SocketAddress(host: "127.0.0.1", port: 0),
    body: ByteStream = ByteStream(length: 0) { nil }
  ) throws(HTTPServerError) {
    let parsed = try RequestTarget(target)
    self.method = method
    self.target = target
    self.rawPath = parsed.rawPath
    self.path = parsed.path
    self.query = parsed.query
    self.headers = headers
    self.peer = peer
    self.body = body
  }

  /// The value of the first pair of that name.
  package func query(_ name: String) -> String? {
    query.first { $0.name == name }?.value
  }

  /// The whole body. Throws `HTTPServerError` with `.bodyTooLarge` when there is more; a router answers that 413.
  package func bytes(upTo maximumBytes: Int) async throws -> [UInt8] {
    if let length = body.length, length > Int64(maximumBytes) { throw Self.tooLarge(maximumBytes) }
    var bytes: [UInt8] = []
    while let chunk = try await body.next() {
      guard chunk.count <= maximumBytes - bytes.count else { throw Self.tooLarge(maximumBytes) }
      bytes += chunk
    }
    return bytes
  }

  /// The whole body as JSON. Throws `HTTPServerError` with `.badRequest` when it is none.
  package func json(upTo maximumBytes: Int = 1 << 20) async throws -> JSONValue {
    try await decode(JSONValue.self, upTo: maximumBytes)
  }

  /// The whole body as a value. Throws `HTTPServerError` with `.badRequest` when it is another one.
  package func decode<T: Decodable>(_ type: T.Type, upTo maximumBytes: Int = 1 << 20) async throws -> T {
    let bytes = try await bytes(upTo: maximumBytes)
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw HTTPServerError(.badRequest, "the body is not the JSON that was expected", cause: error)
    }
  }

  private static func tooLarge(_ maximumBytes: Int) -> HTTPServerError {
    HTTPServerError(.bodyTooLarge, "the body is over \(maximumBytes) bytes")
  }
}
