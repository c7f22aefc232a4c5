import HTTP
import Platform

/// A server and a client for the length of `body`; both are ended afterwards.
func withServerAndClient<T>(
  _ configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
  client clientConfiguration: HTTPClientConfiguration = HTTPClientConfiguration(),
  handler: @escaping HTTPServer.Handler, _ body: (String, HTTPClient) async throws -> T
) async throws -> T {
  try await withServer(configuration, handler: handler) { server in
    try await withClient(clientConfiguration) { client in
      try await body("http://127.0.0.1:\(server.port)", client)
    }
  }
}

func withClient<T>(
  _ configuration: HTTPClientConfiguration = HTTPClientConfiguration(), _ body: (HTTPClient) async throws -> T
) async throws -> T {
  let client = HTTPClient(configuration: configuration)
  do {
    let result = try await body(client)
    await client.shutdown()
    return result
  } catch {
    await client.shutdown()
    throw error
  }
}

/// The code of the error that `body` throws; `nil` when it throws none of the client's.
func clientErrorCode(_ body: () async throws -> Void) async -> HTTPClientError.Code? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? HTTPClientError)?.code
  }
}

/// Counts bytes on both sides of a path, and remembers how many were under way at most.
final class FlowMeter: Sendable {
  private struct Counts: Sendable {
    var produced = 0
    var consumed = 0
    var maximum = 0
  }

  private let counts = Watched(Counts())

  var consumedBytes: Int { counts.withLock { $0.consumed } }
  var maximumUnderWayBytes: Int { counts.withLock { $0.maximum } }

  func consume(_ count: Int) {
    counts.withLock { $0.consumed += count }
  }

  /// A stream of so many bytes that counts what is pulled.
  func stream(_ total: Int, chunk: Int = 64 << 10, isLengthKnown: Bool) -> ByteStream {
    ByteStream(length: isLengthKnown ? Int64(total) : nil) { [counts] in
      let offset = counts.withLock { $0.produced }
      guard offset < total else { return nil }
      let count = min(chunk, total - offset)
      counts.withLock { counts in
        counts.produced += count
        counts.maximum = max(counts.maximum, counts.produced - counts.consumed)
      }
      return [UInt8](repeating: UInt8(truncatingIfNeeded: offset / chunk), count: count)
    }
  }
}
