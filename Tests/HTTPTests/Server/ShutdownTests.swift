import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct ShutdownTests {
  @Test func `An answer under way is finished, idle connections are closed, new ones refused`() async throws {
    let steps = Watched<Set<String>>([])
    let server = try await HTTPServer.start(HTTPServerConfiguration()) { request in
      steps.withLock { _ = $0.insert("begun") }
      _ = try? await steps.value { $0.contains("go on") ? true : nil }
      return await describe(request)
    }
    try await RawClient.with(port: server.port) { idle in
      try await RawClient.with(port: server.port) { busy in
        busy.send(ConnectionBehaviourTests.get("/1") + ConnectionBehaviourTests.get("/2"))
        _ = try await steps.value { $0.contains("begun") ? true : nil }
        let shutdown = Task { await server.shutdown(graceSeconds: 30) }
        // The idle connection's end tells that the shutdown has begun.
        let received = try await idle.untilEnd()
        #expect(received == "")
        await #expect(throws: (any Error).self) {
          try await RawClient.with(port: server.port) { _ in }
        }
        steps.withLock { _ = $0.insert("go on") }
        let answers = try await busy.untilEnd()
        #expect(statuses(of: answers) == [200])
        #expect(answers.contains("Connection: close\r\n"))
        busy.endOutput()
        await shutdown.value
        #expect(server.connectionCount == 0)
      }
    }
  }

  @Test func `What is not finished at the deadline is cut, and its handler cancelled`() async throws {
    let events = Watched<[String]>([])
    let server = try await HTTPServer.start(HTTPServerConfiguration()) { _ in
      events.withLock { $0.append("begun") }
      let answer = await never()
      events.withLock { $0.append("cancelled") }
      return answer
    }
    try await RawClient.with(port: server.port) { client in
      client.send(ConnectionBehaviourTests.get("/"))
      _ = try await events.value { $0.isEmpty ? nil : true }
      await server.shutdown(graceSeconds: 0.05)
      let received = try await client.untilEnd()
      #expect(received == "")
      #expect(client.failure != nil)
      _ = try await events.value { $0.contains("cancelled") ? true : nil }
    }
  }

  @Test func `An address that is in use, or none, is an error that says so`() async throws {
    try await withServer(handler: describe) { server in
      for address in ["127.0.0.1:\(server.port)", "nowhere", "127.0.0.1:70000"] {
        await #expect(throws: HTTPServerError.self) {
          _ = try await HTTPServer.start(HTTPServerConfiguration(address: address), handler: describe)
        }
      }
    }
  }
}
