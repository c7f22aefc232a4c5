import FoundationEssentials
package import Platform

/// What a server answered: the head, and a body that is pulled.
///
/// Dropping the response before its body ended cancels the transfer.
package struct HTTPResponse: Sendable {
  package var status: Int
  package var headers: HTTPHeaders
  package var body: ByteStream

  package init(status: Int, headers: HTTPHeaders, body: ByteStream) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  package var isSuccess: Bool { (200..<300).contains(status) }

  /// The whole body. Throws `HTTPClientError` with `.tooLarge` when there is more.
  package func bytes(upTo maximumBytes: Int = 8 << 20) async throws -> [UInt8] {
    if let length = body.length, length > Int64(maximumBytes) { throw Self.tooLarge(maximumBytes) }
    var bytes: [UInt8] = []
    while let chunk = try await body.next() {
      guard chunk.count <= maximumBytes - bytes.count else { throw Self.tooLarge(maximumBytes) }
      bytes += chunk
    }
    return bytes
  }

  /// The whole body as JSON. Throws `HTTPClientError` with `.invalidAnswer` when it is none.
  package func json(upTo maximumBytes: Int = 8 << 20) async throws -> JSONValue {
    try await decode(JSONValue.self, upTo: maximumBytes)
  }

  /// The whole body as a value. Throws `HTTPClientError` with `.invalidAnswer` when it is another one.
  package func decode<T: Decodable>(_ type: T.Type, upTo maximumBytes: Int = 8 << 20) async throws -> T {
    let bytes = try await bytes(upTo: maximumBytes)
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw HTTPClientError(
        .invalidAnswer, "the answer (status \(status)) is not the JSON that was expected", cause: error)
    }
  }

  private static func tooLarge(_ maximumBytes: Int) -> HTTPClientError {
    HTTPClientError(.tooLarge, "the answer's body is over \(maximumBytes) bytes")
  }
}
