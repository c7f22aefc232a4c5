import GRPC
import Platform

/// Methods that the tests call.
enum TestService {
  static let methods: [String: GRPCServer.Handler] = [
    "/test.Service/Echo": echo,
    "/test.Service/Count": count,
    "/test.Service/Metadata": metadata,
    "/test.Service/Fail": fail,
    "/test.Service/Hang": hang,
  ]

  /// Sends back every message.
  @Sendable static func echo(_ stream: GRPCServerStream) async -> GRPCStatus {
    do {
      while let batch = try await stream.receive() {
        try await stream.send(batch.arrays())
      }
      return .ok
    } catch {
      return GRPCStatus(.aborted, "\(error)")
    }
  }

  /// Answers with the number of messages and bytes that came.
  @Sendable static func count(_ stream: GRPCServerStream) async -> GRPCStatus {
    do {
      var count = 0
      var byteCount = 0
      while let batch = try await stream.receive() {
        count += batch.count
        byteCount += batch.byteCount
      }
      try await stream.send(Array("\(count) \(byteCount)".utf8))
      return .ok
    } catch {
      return GRPCStatus(.aborted, "\(error)")
    }
  }

  /// Gives the metadata back, in headers and in trailers.
  @Sendable static func metadata(_ stream: GRPCServerStream) async -> GRPCStatus {
    stream.sendMetadata(stream.metadata)
    return GRPCStatus(.dataLoss, "ä% \n", metadata: stream.metadata)
  }

  @Sendable static func fail(_ stream: GRPCServerStream) async -> GRPCStatus {
    GRPCStatus(.failedPrecondition, "nothing to see, 100 %: ÄÖ")
  }

  /// Ends when the call does.
  @Sendable static func hang(_ stream: GRPCServerStream) async -> GRPCStatus {
    do {
      while try await stream.receive() != nil {}
      while true { try await stream.send([UInt8](repeating: 0, count: 100_000)) }
    } catch {
      return GRPCStatus(.aborted, "\(error)")
    }
  }
}

/// Starts a server and a client of it, and ends both.
func withServerAndClient<T: Sendable>(
  server serverConfiguration: GRPCServerConfiguration = GRPCServerConfiguration(),
  client clientConfiguration: GRPCClientConfiguration = GRPCClientConfiguration(),
  methods: [String: GRPCServer.Handler] = TestService.methods,
  _ body: (GRPCServer, GRPCClient) async throws -> T
) async throws -> T {
  let server = try await GRPCServer.start(serverConfiguration, methods: methods)
  do {
    let client = try await GRPCClient.connect(
      to: Endpoint(host: "localhost", port: server.port), clientConfiguration)
    let result = try await body(server, client)
    await client.close()
    await server.shutdown(graceSeconds: 5)
    return result
  } catch {
    await server.shutdown(graceSeconds: 0)
    throw error
  }
}

extension GRPCClientStream {
  /// Everything until the end.
  func collect() async throws -> [[UInt8]] {
    var messages: [[UInt8]] = []
    while let batch = try await receive() { messages += batch.arrays() }
    return messages
  }

  /// The status that the call ends with.
  func status() async -> GRPCStatus {
    do {
      while try await receive() != nil {}
      return .ok
    } catch {
      return error as? GRPCStatus ?? GRPCStatus(.unknown, "\(error)")
    }
  }
}

/// Bytes that differ from place to place (with a period that is a prime, so that no power of two hides a shift).
func pattern(_ count: Int, seed: Int = 0) -> [UInt8] {
  let block = (0..<min(count, 4_093)).map { UInt8(truncatingIfNeeded: ($0 &+ seed) &* 31 ^ ($0 >> 8)) }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + block.count)
  while bytes.count < count { bytes.append(contentsOf: block) }
  bytes.removeLast(bytes.count - count)
  return bytes
}
