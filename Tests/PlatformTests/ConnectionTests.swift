import Synchronization
import TestSupport
import Testing

@testable import Platform

/// Sends back what it gets, and closes when the peer does.
private final class Echo: ConnectionHandler {
  var connection: Connection?

  func connected(_ connection: Connection) { self.connection = connection }
  func received(_ bytes: ReceivedBytes) { connection?.write(bytes.array()) }
  func outputDrained() {}
  func inputEnded() { connection?.close() }
  func closed(_ error: (any Error)?) { connection = nil }
}

/// Sends `total` bytes as fast as the connection takes them and gathers what comes back.
private final class Sender: ConnectionHandler, @unchecked Sendable {
  let done: CheckedContinuation<[UInt8], any Error>
  let payload: [UInt8]
  var sent = 0
  var got: [UInt8] = []
  var connection: Connection?

  init(payload: [UInt8], done: CheckedContinuation<[UInt8], any Error>) {
    self.payload = payload
    self.done = done
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
    if let error { done.resume(throwing: error) } else { done.resume(returning: got) }
  }
}

@Suite("Connections over loopback", .fewAtOnce)
struct ConnectionTests {
  @Test("what is written comes back whole and in order", arguments: [1, 4_096, 3_000_000])
  func echo(size: Int) async throws {
    let group = try EventLoopGroup(count: 2, name: "test")
    defer { group.shutdown() }
    let listener = try await Listener.start(at: Endpoint(host: "127.0.0.1", port: 0), group: group) { _ in
      Echo()
    }
    let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    let got = try await withCheckedThrowingContinuation { continuation in
      let sender = Sender(payload: payload, done: continuation)
      Task {
        do {
          try await Connection.connect(
            to: Endpoint(host: "127.0.0.1", port: listener.address.port), loop: group.next(), handler: sender)
        } catch {
          continuation.resume(throwing: error)
        }
      }
    }
    #expect(got == payload)
    await listener.close()
  }

  @Test("connecting to a closed port says so")
  func refused() async throws {
    let group = try EventLoopGroup(count: 1, name: "test")
    defer { group.shutdown() }
    let listener = try await Listener.start(at: Endpoint(host: "127.0.0.1", port: 0), group: group) { _ in nil
    }
    let port = listener.address.port
    await listener.close()
    await #expect(throws: SystemError.self) {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[UInt8], any Error>) in
        let sender = Sender(payload: [1], done: continuation)
        Task {
          do {
            try await Connection.connect(
              to: Endpoint(host: "127.0.0.1", port: port), loop: group.next(), handler: sender)
          } catch {
            continuation.resume(throwing: error)
          }
        }
      }
    }
  }

  @Test("timers run in the order of their deadlines, and not when cancelled")
  func timers() async throws {
    let loop = try EventLoop(name: "test")
    let order = await withCheckedContinuation { continuation in
      let shared = Shared()
      for (name, delay) in [(3, 30), (1, 10), (2, 20)] {
        loop.schedule(after: .milliseconds(delay)) { shared.append(name) }
      }
      loop.schedule(after: .milliseconds(15)) { shared.append(99) }.cancel()
      loop.schedule(after: .milliseconds(40)) { continuation.resume(returning: shared.values) }
    }
    #expect(order == [1, 2, 3])
    loop.shutdown()
  }
}

private final class Shared: Sendable {
  private let storage = Mutex<[Int]>([])
  var values: [Int] { storage.withLock { $0 } }
  func append(_ value: Int) { storage.withLock { $0.append(value) } }
}

@Suite("Endpoints", .fewAtOnce)
struct EndpointTests {
  @Test(
    "host and port are read as people write them",
    arguments: [
      ("127.0.0.1:80", "127.0.0.1", 80), (":8080", "", 8_080), ("[::1]:0", "::1", 0),
      ("nomad.service:4646", "nomad.service", 4_646),
    ])
  func valid(text: String, host: String, port: Int) {
    #expect(Endpoint(text) == Endpoint(host: host, port: port))
  }

  @Test(
    "anything else is refused",
    arguments: ["", "80", "host:", "host:65536", "::1:80", "a b:80", "http://x:80", "[]:80"])
  func invalid(text: String) {
    #expect(Endpoint(text) == nil)
  }
}
