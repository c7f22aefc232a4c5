import Crypto
import Platform

/// Sends back what it gets, and closes when the peer has said goodbye.
private final class Echo: ConnectionHandler {
  private var connection: Connection?

  func connected(_ connection: Connection) { self.connection = connection }
  func received(_ bytes: ReceivedBytes) { connection?.write(bytes.array()) }
  func outputDrained() {}
  func inputEnded() { connection?.close() }
  func closed(_ error: (any Error)?) { connection = nil }
}

/// Sends a payload, says goodbye, and gathers what comes back. Confined to its loop.
private final class EchoClient: ConnectionHandler, @unchecked Sendable {
  private let payload: [UInt8]
  private let outcome: Watched<Result<[UInt8], any Error>?>
  private var got: [UInt8] = []
  private var sent = 0
  private var connection: Connection?

  init(_ payload: [UInt8], _ outcome: Watched<Result<[UInt8], any Error>?>) {
    self.payload = payload
    self.outcome = outcome
  }

  func connected(_ connection: Connection) {
    self.connection = connection
    outputDrained()
  }

  func received(_ bytes: ReceivedBytes) { got += bytes.array() }

  func outputDrained() {
    guard sent < payload.count else { return }
    let end = min(payload.count, sent + 100_000)
    connection?.write(payload[sent..<end])
    sent = end
    if sent == payload.count { connection?.closeOutput() }
  }

  func inputEnded() { connection?.close() }

  func closed(_ error: (any Error)?) {
    connection = nil
    let result: Result<[UInt8], any Error> = error.map { .failure($0) } ?? .success(got)
    outcome.withLock { $0 = result }
  }
}

/// Runs `body` with the port of a server on loopback that sends back what it gets.
func withEchoServer(_ security: TLSContext, _ body: (_ port: Int) async throws -> Void) async throws {
  let group = try EventLoopGroup(count: 1, name: "echo")
  defer { group.shutdown() }
  let listener = try await Listener.start(
    at: Endpoint(host: "127.0.0.1", port: 0), group: group, security: security
  ) { _ in Echo() }
  try await body(listener.address.port)
  await listener.close()
}

/// What comes back for `payload` over a new connection.
func echo(_ payload: [UInt8], _ port: Int, _ security: TLSContext) async throws -> [UInt8] {
  let loop = try EventLoop(name: "client")
  defer { loop.shutdown() }
  let outcome = Watched<Result<[UInt8], any Error>?>(nil)
  try await Connection.connect(
    to: Endpoint(host: "127.0.0.1", port: port), loop: loop, security: security,
    handler: EchoClient(payload, outcome))
  return try await outcome.value(timeoutSeconds: 30, waitingFor: "the echo") { $0 }.get()
}
