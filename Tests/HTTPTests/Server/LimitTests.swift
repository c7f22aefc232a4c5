import HTTP
import Platform
import TestSupport
import Testing

/// Each limit of a server has its own answer.
@Suite(.fewAtOnce) struct LimitTests {
  static var configuration: HTTPServerConfiguration {
    var configuration = HTTPServerConfiguration()
    configuration.maximumTargetBytes = 100
    configuration.maximumHeaderBytes = 1_000
    configuration.maximumHeaderCount = 10
    configuration.maximumBodyBytes = 1_000
    configuration.drainTimeoutSeconds = 0.05
    return configuration
  }

  private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

  static let rows: [RequestRulesTests.Row] = [
    .init("a target at the limit", "GET /\(long(99)) HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    .init("a target over the limit", "GET /\(long(100)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    .init("a target over the head's limit", "GET /\(long(2_000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    .init("a target without end", "GET /\(long(2_000))", 414),
    .init("a head over the limit", "GET / HTTP/1.1\r\nHost: a\r\nX: \(long(1_000))\r\n\r\n", 431),
    .init("a head without end", "GET / HTTP/1.1\r\nHost: a\r\nX: \(long(2_000))", 431),
    .init("empty lines without end", String(repeating: "\r\n", count: 600), 414),
    .init(
      "ten fields", "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: 1\r\n", count: 9))\r\n", 200),
    .init(
      "eleven fields", "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: 1\r\n", count: 10))\r\n", 431),
    .init("a body at the limit", RequestRulesTests.post("Content-Length: 1000", long(1_000)), 200),
    .init("a counted body over the limit", RequestRulesTests.post("Content-Length: 1001", ""), 413),
    .init(
      "a body over the limit that waits to be asked for",
      RequestRulesTests.post("Content-Length: 1001\r\nExpect: 100-continue", ""), 413),
    .init(
      "a chunked body over the limit",
      RequestRulesTests.post("Transfer-Encoding: chunked", "3e9\r\n\(long(1_001))\r\n0\r\n\r\n"), 413),
  ]

  @Test("Too much has its own answer", arguments: rows)
  func limit(_ row: RequestRulesTests.Row) async throws {
    try await withServer(Self.configuration, handler: describe) { server in
      for isSplit in [false, true] {
        let answer = try await RawClient.with(port: server.port) { client in
          if isSplit {
            for byte in row.request.utf8 { client.send([byte]) }
          } else {
            client.send(row.request)
          }
          if row.status == 200 { client.endOutput() }
          return try await client.untilEnd()
        }
        #expect(statuses(of: answer) == [row.status])
      }
    }
  }

  @Test(
    "A request that comes too slowly is answered 408",
    arguments: [
      "G", "GET / HTTP/1.1\r\nHost: a\r\n", RequestRulesTests.post("Content-Length: 5", "hell"),
      RequestRulesTests.post("Transfer-Encoding: chunked", "5\r\nhel"),
    ])
  func slow(_ request: String) async throws {
    var configuration = Self.configuration
    configuration.headerTimeoutSeconds = 0.05
    configuration.bodyTimeoutSeconds = 0.05
    try await withServer(configuration, handler: describe) { server in
      let answer = try await RawClient.exchange(port: server.port, request)
      #expect(statuses(of: answer) == [408])
    }
  }

  @Test func `A connection without a request is closed without a word`() async throws {
    var configuration = Self.configuration
    configuration.idleTimeoutSeconds = 0.05
    try await withServer(configuration, handler: describe) { server in
      let received = try await RawClient.exchange(port: server.port, "")
      #expect(received == "")
    }
  }

  @Test func `A client that takes nothing of its answer is cut`() async throws {
    var configuration = Self.configuration
    configuration.outputTimeoutSeconds = 0.1
    let isOver = Watched(false)
    let handler: HTTPServer.Handler = { _ in
      let stream = ByteStream {
        if Task.isCancelled {
          isOver.withLock { $0 = true }
          return nil
        }
        return [UInt8](repeating: 1, count: 1 << 16)
      }
      return HTTPServerResponse(body: .stream(stream))
    }
    try await withServer(configuration, handler: handler) { server in
      try await RawClient.with(port: server.port, isReading: false) { client in
        client.send(ConnectionBehaviourTests.get("/"))
        try await client.untilBroken()
      }
    }
  }

  @Test func `Connections over the limit are told so`() async throws {
    var configuration = Self.configuration
    configuration.maximumConnections = 1
    try await withServer(configuration, handler: describe) { server in
      try await RawClient.with(port: server.port) { first in
        first.send(ConnectionBehaviourTests.get("/1"))
        _ = try await first.until("GET /1")
        let refused = try await RawClient.exchange(port: server.port, ConnectionBehaviourTests.get("/2"))
        #expect(statuses(of: refused) == [503])
        first.send(ConnectionBehaviourTests.get("/3"))
        let received = try await first.until("GET /3")
        #expect(received.contains("GET /3"))
      }
    }
  }
}
