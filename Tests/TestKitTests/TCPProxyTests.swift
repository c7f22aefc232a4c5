import Platform
import TestKit
import TestSupport
import Testing

@Suite(.fewAtOnce) struct TCPProxyTests {
  @Test func `What is sent comes through in both directions, and is counted`() async throws {
    try await withLine { proxy, client, server in
      client.send(Array(repeating: 1, count: 700_000))
      try await server.wait { $0.bytes.count == 700_000 }
      server.send([2, 3])
      try await client.wait { $0.bytes == [2, 3] }
      #expect(proxy.traffic.bytes == [.client: 700_000, .server: 2])
      #expect(proxy.traffic.connections == 1)
    }
  }

  @Test func `A side that ends its output is answered all the same`() async throws {
    try await withLine { _, client, server in
      client.send([1])
      client.endOutput()
      try await server.wait { $0.bytes == [1] && $0.isInputEnded }
      server.send([2])
      try await client.wait { $0.bytes == [2] }
    }
  }

  @Test func `A cut ends both sides`() async throws {
    try await withLine { proxy, client, server in
      await proxy.cut()
      try await client.wait { $0.isClosed }
      try await server.wait { $0.isClosed }
      #expect(proxy.traffic.openConnections == 0)
    }
  }

  @Test(arguments: [TCPProxy.Sender.client, .server])
  func `A planned cut lets through so many bytes and no more`(_ sender: TCPProxy.Sender) async throws {
    try await withLine {
      await $0.planCut(afterBytes: 100_001, from: sender)
    } _: { _, client, server in
      let (from, to) = sender == .client ? (client, server) : (server, client)
      from.send(Array(repeating: 7, count: 300_000))
      try await to.wait { $0.isInputEnded || $0.isClosed }
      #expect(to.bytes.count == 100_001)
      try await from.wait { $0.isClosed }
    }
  }

  @Test func `A stalled line is open and silent, and loses nothing`() async throws {
    try await withLine { proxy, client, server in
      await proxy.stall()
      client.send([1, 2, 3])
      // What is sent after it on another way arrives; by then the stalled bytes would have come as well.
      let other = try await Line.start()
      try await other.run { client, server in
        client.send([1])
        try await server.wait { $0.bytes == [1] }
      }
      #expect(server.bytes.isEmpty)
      #expect(proxy.traffic.openConnections == 1)
      await proxy.resume()
      try await server.wait { $0.bytes == [1, 2, 3] }
    }
  }

  @Test func `One direction can be ended while the other goes on`() async throws {
    try await withLine { proxy, client, server in
      await proxy.endInput(from: .client)
      try await server.wait { $0.isInputEnded }
      server.send([9])
      try await client.wait { $0.bytes == [9] }
    }
  }

  @Test func `What is late comes in order`() async throws {
    try await withLine { proxy, client, server in
      await proxy.setLatency(.milliseconds(20))
      for byte in 0..<50 {
        client.send([UInt8(byte)])
        if byte == 25 { await proxy.setLatency(.milliseconds(5)) }
      }
      try await server.wait { $0.bytes == Array(0..<50) }
    }
  }

  @Test func `Connections can be refused for a while`() async throws {
    try await withLine { proxy, _, _ in
      await proxy.setRefusing(true)
      let refused = Peer()
      try await Connection.connect(to: proxy.address.endpoint, loop: .processes, handler: refused)
      try await refused.wait { $0.isInputEnded || $0.isClosed }
      #expect(proxy.traffic.connections == 1)
      #expect(proxy.traffic.refusedConnections == 1)
    }
  }

  private func withLine(
    _ plan: (TCPProxy) async -> Void = { _ in }, _ body: (TCPProxy, Peer, Peer) async throws -> Void
  ) async throws {
    let line = try await Line.start()
    await plan(line.proxy)
    try await line.run { client, server in try await body(line.proxy, client, server) }
  }
}

/// A client and a server with a proxy between them.
private struct Line {
  let proxy: TCPProxy
  private let group: EventLoopGroup
  private let listener: Listener
  private let server = Peer()

  static func start() async throws -> Line {
    try await Line()
  }

  private init() async throws {
    group = try EventLoopGroup(count: 1, name: "line")
    let server = self.server
    listener = try await Listener.start(at: Endpoint(host: "127.0.0.1", port: 0), group: group) { _ in server
    }
    proxy = try await TCPProxy.start()
    await proxy.lead(to: listener.address.endpoint)
  }

  func run(_ body: (Peer, Peer) async throws -> Void) async throws {
    let client = Peer()
    do {
      try await Connection.connect(to: proxy.address.endpoint, loop: group.next(), handler: client)
      try await client.wait { $0.isConnected }
      try await server.wait { $0.isConnected }
      try await body(client, server)
    } catch {
      await stop()
      throw error
    }
    await stop()
  }

  private func stop() async {
    await listener.close()
    await proxy.stop()
    group.shutdown()
  }
}

/// One end of a line: gathers what comes.
private final class Peer: ConnectionHandler, @unchecked Sendable {
  struct State: Sendable {
    var bytes: [UInt8] = []
    var isConnected = false
    var isInputEnded = false
    var isClosed = false
  }

  private let state = Watched(State())
  // Set once, on the loop, before the state says that it is there.
  private var connection: Connection?

  var bytes: [UInt8] { state.withLock(\.bytes) }

  func wait(for condition: @escaping @Sendable (State) -> Bool) async throws {
    try await state.value(timeoutSeconds: 30, waitingFor: "a peer") { condition($0) ? () : nil }
  }

  func send(_ bytes: [UInt8]) {
    connection?.loop.execute { [self] in connection?.write(bytes) }
  }

  func endOutput() {
    connection?.loop.execute { [self] in connection?.closeOutput() }
  }

  func connected(_ connection: Connection) {
    self.connection = connection
    state.withLock { $0.isConnected = true }
  }

  func received(_ bytes: ReceivedBytes) {
    let array = bytes.withUnsafeBytes { Array($0) }
    state.withLock { $0.bytes += array }
  }

  func outputDrained() {}
  func inputEnded() { state.withLock { $0.isInputEnded = true } }
  func closed(_ error: (any Error)?) { state.withLock { $0.isClosed = true } }
}

extension SocketAddress {
  fileprivate var endpoint: Endpoint { Endpoint(host: host, port: port) }
}
