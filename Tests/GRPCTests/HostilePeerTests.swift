import GRPC
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct HostilePeerTests {
  enum Attack: CaseIterable {
    case noHTTP2, frameTooLarge, dataWithoutStream, headersWithoutStream, evenStream, brokenCompression
    case windowOverflow, pingFlood, resetFlood, endlessHeaders, endlessSettings

    /// What comes behind a correct beginning.
    var frames: [UInt8] {
      switch self {
      case .noHTTP2: Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
      case .frameTooLarge: [255, 255, 255, 0, 0, 0, 0, 0, 1]
      case .dataWithoutStream: RawPeer.frame(type: 0, stream: 5, [1])
      case .headersWithoutStream: RawPeer.frame(type: 1, flags: 4, RawPeer.call)
      case .evenStream: RawPeer.frame(type: 1, flags: 4, stream: 2, RawPeer.call)
      case .brokenCompression: RawPeer.frame(type: 1, flags: 4, stream: 1, [255, 255, 255])
      case .windowOverflow: RawPeer.frame(type: 8, [127, 255, 255, 255])
      case .pingFlood: times(20_000, RawPeer.frame(type: 6, [UInt8](repeating: 0, count: 8)))
      case .resetFlood: resets
      case .endlessHeaders:
        RawPeer.frame(type: 1, stream: 1, RawPeer.call)
          + times(100, RawPeer.frame(type: 9, stream: 1, RawPeer.headers([("a", "b")])))
      case .endlessSettings: RawPeer.frame(type: 4, times(100, [0, 4, 0, 0, 255, 255]))
      }
    }

    private var resets: [UInt8] {
      var all: [UInt8] = []
      let call = RawPeer.call
      for index in 0..<1_000 as Range<UInt32> {
        all += RawPeer.frame(type: 1, flags: 4, stream: index * 2 + 1, call)
        all += RawPeer.frame(type: 3, stream: index * 2 + 1, [0, 0, 0, 8])
      }
      return all
    }

    private func times(_ count: Int, _ bytes: [UInt8]) -> [UInt8] {
      var all: [UInt8] = []
      for _ in 0..<count { all += bytes }
      return all
    }
  }

  @Test(arguments: Attack.allCases)
  func `A peer that breaks the rules is cut, and others are served`(attack: Attack) async throws {
    let loop = try EventLoop(name: "raw")
    defer { loop.shutdown() }
    try await withServerAndClient { server, client in
      let peer = try await RawPeer.connect(port: server.port, loop: loop)
      if attack != .noHTTP2 { peer.send(RawPeer.preface) }
      peer.send(attack.frames)
      try await peer.untilClosed()
      let call = try await client.openStream(path: "/test.Service/Echo")
      try await call.send([1])
      call.finish()
      #expect(try await call.collect() == [[1]])
    }
  }

  @Test(arguments: [[1, 0, 0, 0, 1, 7], [3, 0, 0, 0, 1, 7], [0, 255, 255, 255, 255, 7]] as [[UInt8]])
  func `A message that cannot be taken ends its call, not its connection`(message: [UInt8]) async throws {
    let loop = try EventLoop(name: "raw")
    defer { loop.shutdown() }
    try await withServerAndClient { server, _ in
      let peer = try await RawPeer.connect(port: server.port, loop: loop)
      peer.send(RawPeer.preface + RawPeer.frame(type: 1, flags: 4, stream: 1, RawPeer.call))
      peer.send(RawPeer.frame(type: 0, stream: 1, message))
      _ = try await peer.untilFrame(type: 1)
      _ = try await peer.untilFrame(type: 3)
      peer.send(RawPeer.frame(type: 6, [UInt8](repeating: 9, count: 8)))
      #expect(try await peer.untilFrame(type: 6) == [UInt8](repeating: 9, count: 8))
      peer.close()
    }
  }

  @Test func `A peer that is cut in the middle of a call is noticed by the handler`() async throws {
    let loop = try EventLoop(name: "raw")
    defer { loop.shutdown() }
    let seen = Watched<GRPCStatus?>(nil)
    let methods: [String: GRPCServer.Handler] = [
      "/test.Service/Echo": { stream in
        stream.sendMetadata([:])
        do {
          while try await stream.receive() != nil {}
        } catch {
          seen.withLock { $0 = error as? GRPCStatus }
        }
        return .ok
      }
    ]
    try await withServerAndClient(methods: methods) { server, _ in
      let peer = try await RawPeer.connect(port: server.port, loop: loop)
      peer.send(
        RawPeer.preface + RawPeer.frame(type: 1, flags: 4, stream: 1, RawPeer.call)
          + RawPeer.frame(type: 0, stream: 1, [0, 0, 0, 1, 0, 1, 2, 3]))
      _ = try await peer.untilFrame(type: 1)
      peer.close()
      #expect(
        try await seen.value(timeoutSeconds: 10, waitingFor: "the handler") { $0?.code } == .unavailable)
    }
  }

  @Test func `A client that falls silent is cut by the server`() async throws {
    let loop = try EventLoop(name: "raw")
    defer { loop.shutdown() }
    var configuration = GRPCServerConfiguration()
    configuration.keepalive = GRPCKeepalive(intervalSeconds: 0.5, timeoutSeconds: 3.5)
    try await withServerAndClient(server: configuration) { server, client in
      let peer = try await RawPeer.connect(port: server.port, loop: loop)
      peer.send(RawPeer.preface)
      let ping = try await peer.untilFrame(type: 6)
      #expect(ping.count == 8)
      try await peer.untilClosed()
      // The one that answers pings is still served.
      let call = try await client.openStream(path: "/test.Service/Fail")
      #expect(await call.status().code == .failedPrecondition)
    }
  }

  @Test func `A server that falls silent ends the client's calls`() async throws {
    let group = try EventLoopGroup(count: 1, name: "raw")
    defer { group.shutdown() }
    let peer = RawPeer()
    let listener = try await Listener.start(at: Endpoint(host: "127.0.0.1", port: 0), group: group) { _ in
      peer
    }
    var configuration = GRPCClientConfiguration()
    configuration.keepalive = GRPCKeepalive(intervalSeconds: 0.5, timeoutSeconds: 3.5)
    async let connecting = GRPCClient.connect(
      to: Endpoint(host: "127.0.0.1", port: listener.address.port), configuration)
    _ = try await peer.seen.value(timeoutSeconds: 10, waitingFor: "the client") { $0.connection }
    peer.send(RawPeer.frame(type: 4))
    let client = try await connecting
    // On a slow machine the client may have found out before the call is opened.
    if let call = try? await client.openStream(path: "/x") {
      #expect(await call.status().code == .unavailable)
    }
    #expect(try await client.closed().code == .unavailable)
    await listener.close()
  }

  @Test func `A server that speaks no HTTP/2 is no server`() async throws {
    let group = try EventLoopGroup(count: 1, name: "raw")
    defer { group.shutdown() }
    let peer = RawPeer()
    let listener = try await Listener.start(at: Endpoint(host: "127.0.0.1", port: 0), group: group) { _ in
      peer
    }
    async let connecting = GRPCClient.connect(to: Endpoint(host: "127.0.0.1", port: listener.address.port))
    _ = try await peer.seen.value(timeoutSeconds: 10, waitingFor: "the client") { $0.connection }
    peer.send(Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".utf8))
    do {
      _ = try await connecting
      Issue.record("connected")
    } catch {
      #expect((error as? GRPCStatus)?.code == .unavailable)
    }
    await listener.close()
  }
}
