import GRPC
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct FailureTests {
  @Test func `A call that takes longer than its deadline ends on both sides`() async throws {
    let seen = Watched<GRPCStatus?>(nil)
    let methods: [String: GRPCServer.Handler] = [
      "/test.Service/Wait": { stream in
        do {
          while try await stream.receive() != nil {}
        } catch {
          seen.withLock { $0 = error as? GRPCStatus }
        }
        return .ok
      }
    ]
    try await withServerAndClient(methods: methods) { _, client in
      let call = try await client.openStream(path: "/test.Service/Wait", timeoutSeconds: 0.05)
      #expect(await call.status().code == .deadlineExceeded)
      let code = try await seen.value(timeoutSeconds: 10, waitingFor: "the handler") { $0?.code }
      #expect(code == .deadlineExceeded || code == .cancelled)
    }
  }

  @Test func `A call that the client gives up is cancelled on the server`() async throws {
    let seen = Watched<GRPCStatus?>(nil)
    let methods: [String: GRPCServer.Handler] = [
      "/test.Service/Wait": { stream in
        stream.sendMetadata([:])
        do {
          while try await stream.receive() != nil {}
        } catch {
          seen.withLock { $0 = error as? GRPCStatus }
        }
        return .ok
      }
    ]
    try await withServerAndClient(methods: methods) { _, client in
      let call = try await client.openStream(path: "/test.Service/Wait")
      _ = try await call.initialMetadata()
      call.cancel()
      #expect(await call.status().code == .cancelled)
      #expect(try await seen.value(timeoutSeconds: 10, waitingFor: "the handler") { $0?.code } == .cancelled)
    }
  }

  @Test func `A call that is dropped is cancelled on the server`() async throws {
    let seen = Watched<GRPCStatus?>(nil)
    let methods: [String: GRPCServer.Handler] = [
      "/test.Service/Wait": { stream in
        do {
          while try await stream.receive() != nil {}
        } catch {
          seen.withLock { $0 = error as? GRPCStatus }
        }
        return .ok
      }
    ]
    try await withServerAndClient(methods: methods) { _, client in
      try await client.openStream(path: "/test.Service/Wait").send([1])
      #expect(try await seen.value(timeoutSeconds: 10, waitingFor: "the handler") { $0?.code } == .cancelled)
    }
  }

  @Test func `A task that is cancelled stops waiting for messages`() async throws {
    try await withServerAndClient { _, client in
      let call = try await client.openStream(path: "/test.Service/Echo")
      let waiting = Task { try await call.receive() }
      waiting.cancel()
      await #expect(throws: CancellationError.self) { try await waiting.value }
      // The call itself goes on.
      try await call.send([5])
      #expect(try await call.receive()?.arrays() == [[5]])
    }
  }

  @Test func `A task that is cancelled stops waiting for room`() async throws {
    let mayEnd = Watched(false)
    let methods: [String: GRPCServer.Handler] = [
      "/test.Service/Stall": { _ in
        // Nothing is taken.
        _ = try? await mayEnd.value { $0 ? true : nil }
        return .ok
      }
    ]
    try await withServerAndClient(methods: methods) { _, client in
      let call = try await client.openStream(path: "/test.Service/Stall")
      let sending = Task { while true { try await call.send(pattern(100_000)) } }
      sending.cancel()
      await #expect(throws: CancellationError.self) { try await sending.value }
      mayEnd.withLock { $0 = true }
    }
  }

  @Test func `A consumer that takes nothing stops the sender at a bound`() async throws {
    let mayTake = Watched(false)
    let methods: [String: GRPCServer.Handler] = [
      "/test.Service/Slow": { stream in
        do {
          _ = try await mayTake.value { $0 ? true : nil }
          return await TestService.count(stream)
        } catch {
          return GRPCStatus(.aborted, "\(error)")
        }
      }
    ]
    try await withServerAndClient(methods: methods) { _, client in
      let call = try await client.openStream(path: "/test.Service/Slow")
      let sent = Watched(0)
      let message = pattern(64 * 1024)
      let count = 1_000
      let sending = Task {
        for _ in 0..<count {
          try await call.send(message)
          sent.withLock { $0 += 1 }
        }
        call.finish()
      }
      let limits = GRPCLimits()
      // The window, the buffer, and what the kernel's two socket buffers may hold outside of our control.
      let atLeast = limits.initialWindowBytes / message.count
      _ = try await sent.value(timeoutSeconds: 20, waitingFor: "the window to fill") {
        $0 >= atLeast ? true : nil
      }
      // A ping-pong on another call has everything that was on its way arrive.
      for _ in 0..<20 {
        let other = try await client.openStream(path: "/test.Service/Other")
        _ = await other.status()
      }
      let most = (limits.initialWindowBytes + limits.sendBufferBytes) / message.count + 2
      #expect(sent.withLock { $0 } <= most)
      mayTake.withLock { $0 = true }
      try await sending.value
      #expect(try await call.collect().map { String(decoding: $0, as: UTF8.self) } == ["1000 65536000"])
    }
  }

  @Test func `A client that takes nothing stops the server`() async throws {
    let sent = Watched(0)
    let methods: [String: GRPCServer.Handler] = [
      "/test.Service/Pour": { stream in
        do {
          let message = pattern(64 * 1024)
          for _ in 0..<500 {
            try await stream.send(message)
            sent.withLock { $0 += 1 }
          }
          return .ok
        } catch {
          return GRPCStatus(.aborted, "\(error)")
        }
      }
    ]
    try await withServerAndClient(methods: methods) { _, client in
      let call = try await client.openStream(path: "/test.Service/Pour")
      let limits = GRPCLimits()
      _ = try await sent.value(timeoutSeconds: 20, waitingFor: "the window to fill") {
        $0 >= limits.initialWindowBytes / (64 * 1024) ? true : nil
      }
      for _ in 0..<20 { _ = await (try client.openStream(path: "/none")).status() }
      #expect(sent.withLock { $0 } <= (limits.initialWindowBytes + limits.sendBufferBytes) / (64 * 1024) + 2)
      #expect(try await call.collect().count == 500)
    }
  }

  @Test func `Many calls that hold the connection's window back do not stop each other`() async throws {
    var configuration = GRPCServerConfiguration()
    configuration.limits.streamWindowBytes = 1024 * 1024
    configuration.limits.connectionWindowBytes = 1024 * 1024
    try await withServerAndClient(server: configuration) { _, client in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 {
          group.addTask {
            let call = try await client.openStream(path: "/test.Service/Count")
            // Below a quarter of the call's window, so that no consumer reports credit on its own account.
            for _ in 0..<3 { try await call.send(pattern(60_000)) }
            call.finish()
            #expect(try await call.collect().count == 1)
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test func `A server that is shut down lets open calls end`() async throws {
    let server = try await GRPCServer.start(GRPCServerConfiguration(), methods: TestService.methods)
    let client = try await GRPCClient.connect(to: Endpoint(host: "localhost", port: server.port))
    let call = try await client.openStream(path: "/test.Service/Echo")
    try await call.send([1])
    #expect(try await call.receive()?.count == 1)
    let shutdown = Task { await server.shutdown(graceSeconds: 30) }
    // New calls are refused as soon as the server's word is here.
    while let probe = try? await client.openStream(path: "/test.Service/Fail") {
      _ = await probe.status()
    }
    try await call.send([2])
    call.finish()
    #expect(try await call.collect() == [[2]])
    await shutdown.value
    #expect(try await client.closed().code == .unavailable)
  }

  @Test func `A call that is open after the grace is cut`() async throws {
    let server = try await GRPCServer.start(GRPCServerConfiguration(), methods: TestService.methods)
    let client = try await GRPCClient.connect(to: Endpoint(host: "localhost", port: server.port))
    let call = try await client.openStream(path: "/test.Service/Echo")
    try await call.send([1])
    #expect(try await call.receive()?.count == 1)
    await server.shutdown(graceSeconds: 0.01)
    let code = await call.status().code
    #expect(code == .unavailable || code == .cancelled)
    _ = try await client.closed()
  }

  @Test func `A refused connection says so`() async throws {
    let server = try await GRPCServer.start(GRPCServerConfiguration(), methods: [:])
    let port = server.port
    await server.shutdown(graceSeconds: 0)
    let failure = await #expect(throws: GRPCStatus.self) {
      try await GRPCClient.connect(to: Endpoint(host: "127.0.0.1", port: port))
    }
    #expect(failure?.code == .unavailable)
    #expect(failure?.message.contains("Connection refused") == true)
  }

  @Test func `A call is not taken by a closed client`() async throws {
    try await withServerAndClient { _, client in
      await client.close()
      let failure = await #expect(throws: GRPCStatus.self) { try await client.openStream(path: "/x") }
      #expect(failure != nil)
    }
  }
}
