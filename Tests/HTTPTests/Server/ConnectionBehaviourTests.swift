import HTTP
import Platform
import TestSupport
import Testing

/// What a server owes on one connection, over real sockets.
@Suite(.fewAtOnce) struct ConnectionBehaviourTests {
  /// Short, so that a test need not wait for a client that stays.
  static var configuration: HTTPServerConfiguration {
    var configuration = HTTPServerConfiguration()
    configuration.drainTimeoutSeconds = 0.05
    return configuration
  }

  static func get(_ path: String, _ headers: String = "", version: String = "1.1") -> String {
    "GET \(path) HTTP/\(version)\r\nHost: a\r\n\(headers)\r\n"
  }

  static let closing = "Connection: close\r\n"

  @Test func `Pipelined requests are answered in order, the slow one first`() async throws {
    let isLastSent = Watched(false)
    let handler: HTTPServer.Handler = { request in
      if request.path == ["1"] { _ = try? await isLastSent.value { $0 ? true : nil } }
      return await describe(request)
    }
    try await withServer(Self.configuration, handler: handler) { server in
      try await RawClient.with(port: server.port) { client in
        client.send(Self.get("/1") + RequestRulesTests.post("Content-Length: 3", "two"))
        client.send(RequestRulesTests.post("Transfer-Encoding: chunked", "5\r\nthree\r\n0\r\n\r\n"))
        client.send(Self.get("/4", Self.closing))
        isLastSent.withLock { $0 = true }
        let answers = try await client.untilEnd()
        #expect(statuses(of: answers) == [200, 200, 200, 200])
        let bodies = ["GET /1 [0]", "POST  [3] two", "POST  [5] three", "GET /4 [0]"]
        let places = bodies.compactMap { answers.firstRange(of: $0)?.lowerBound }
        #expect(places.count == 4 && places == places.sorted())
      }
    }
  }

  @Test func `Thousands of pipelined requests are all answered`() async throws {
    try await withServer(Self.configuration, handler: describe) { server in
      try await RawClient.with(port: server.port) { client in
        client.send(String(repeating: Self.get("/"), count: 2_000) + Self.get("/last", Self.closing))
        let answers = try await client.untilEnd()
        #expect(statuses(of: answers).count == 2_001)
        #expect(answers.contains("GET /last [0]"))
      }
    }
  }

  @Test func `Nothing behind a request that was refused is looked at`() async throws {
    try await withServer(Self.configuration, handler: describe) { server in
      let answers = try await RawClient.exchange(
        port: server.port, "GET / HTTP/1.1\r\n\r\n" + Self.get("/smuggled"))
      #expect(statuses(of: answers) == [400])
    }
  }

  @Test func `A body that looks like a request is a body`() async throws {
    let inner = Self.get("/smuggled")
    try await withServer(Self.configuration, handler: describe) { server in
      let answers = try await RawClient.exchange(
        port: server.port,
        RequestRulesTests.post("Connection: close\r\nContent-Length: \(inner.utf8.count)", inner))
      #expect(statuses(of: answers) == [200])
    }
  }

  struct KeepAliveRow: Sendable, CustomTestStringConvertible {
    let version: String
    let header: String
    let isKept: Bool

    var testDescription: String { "HTTP/\(version) \(header)" }
  }

  @Test(
    "A connection is kept when version and client say so",
    arguments: [
      KeepAliveRow(version: "1.1", header: "", isKept: true),
      KeepAliveRow(version: "1.1", header: "Connection: close\r\n", isKept: false),
      KeepAliveRow(version: "1.1", header: "Connection: x, Close\r\n", isKept: false),
      KeepAliveRow(version: "1.0", header: "", isKept: false),
      KeepAliveRow(version: "1.0", header: "Connection: keep-alive\r\n", isKept: true),
    ])
  func keepAlive(_ row: KeepAliveRow) async throws {
    try await withServer(Self.configuration, handler: describe) { server in
      try await RawClient.with(port: server.port) { client in
        client.send(Self.get("/1", row.header, version: row.version))
        _ = try await client.until("GET /1 [0] \n")
        #expect(client.text.contains("Connection: close") == !row.isKept)
        client.send(Self.get("/2", Self.closing))
        let answers = try await client.untilEnd()
        #expect(answers.contains("GET /2") == row.isKept)
      }
    }
  }

  @Test func `A client that ended its side still gets the answer`() async throws {
    let isEnded = Watched(false)
    let handler: HTTPServer.Handler = { request in
      _ = try? await isEnded.value { $0 ? true : nil }
      return await describe(request)
    }
    try await withServer(handler: handler) { server in
      try await RawClient.with(port: server.port) { client in
        client.send(Self.get("/") + Self.get("/2"))
        client.endOutput()
        isEnded.withLock { $0 = true }
        let received = try await client.untilEnd()
        #expect(statuses(of: received) == [200, 200])
        #expect(client.failure == nil)
      }
    }
  }

  @Test func `The answer to HEAD has the length of the body it does not have`() async throws {
    let handler: HTTPServer.Handler = { _ in .text("hello") }
    try await withServer(Self.configuration, handler: handler) { server in
      let answer = try await RawClient.exchange(
        port: server.port, "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
      #expect(answer.contains("Content-Length: 5\r\n"))
      #expect(answer.hasSuffix("\r\n\r\n"))
    }
  }

  @Test func `An answer of unknown length is chunked, and for HTTP 1.0 ended by closing`() async throws {
    let handler: HTTPServer.Handler = { _ in HTTPServerResponse(body: .stream(chunks(["he", "llo"]))) }
    try await withServer(Self.configuration, handler: handler) { server in
      let new = try await RawClient.exchange(port: server.port, Self.get("/", Self.closing))
      #expect(new.contains("Transfer-Encoding: chunked\r\n"))
      #expect(new.hasSuffix("\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"))
      let old = try await RawClient.exchange(
        port: server.port, Self.get("/", "Connection: keep-alive\r\n", version: "1.0"))
      #expect(!old.contains("Transfer-Encoding"))
      #expect(old.contains("Connection: close\r\n"))
      #expect(old.hasSuffix("\r\n\r\nhello"))
    }
  }

  @Test(
    "Answers without body have no length", arguments: [204, 304])
  func noBody(status: Int) async throws {
    let handler: HTTPServer.Handler = { _ in HTTPServerResponse(status: status, body: .text("hello")) }
    try await withServer(Self.configuration, handler: handler) { server in
      let answer = try await RawClient.exchange(port: server.port, Self.get("/", Self.closing))
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
      #expect(!answer.contains("Content-Length"))
      #expect(answer.hasSuffix("\r\n\r\n"))
    }
  }

  @Test func `A body is asked for once the handler wants it`() async throws {
    try await withServer(Self.configuration, handler: describe) { server in
      try await RawClient.with(port: server.port) { client in
        client.send(
          RequestRulesTests.post("Content-Length: 5\r\nExpect: 100-continue\r\nConnection: close", ""))
        let received = try await client.until("\r\n\r\n")
        #expect(received == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("hello")
        let answer = try await client.untilEnd()
        #expect(answer.contains("POST  [5] hello"))
      }
    }
  }

  @Test func `A body that nobody wants is not asked for`() async throws {
    let handler: HTTPServer.Handler = { _ in .problem(status: 403) }
    try await withServer(Self.configuration, handler: handler) { server in
      let answer = try await RawClient.exchange(
        port: server.port, RequestRulesTests.post("Content-Length: 5\r\nExpect: 100-continue", ""))
      #expect(statuses(of: answer) == [403])
      #expect(answer.contains("Connection: close\r\n"))
    }
  }

  @Test func `An answer in the middle of a body reaches the client, which is then cut short`() async throws {
    var configuration = Self.configuration
    configuration.maximumDrainBytes = 1 << 20
    let handler: HTTPServer.Handler = { _ in .problem(status: 403) }
    try await withServer(configuration, handler: handler) { server in
      try await RawClient.with(port: server.port) { client in
        client.send(RequestRulesTests.post("Content-Length: 99999999", "begin"))
        client.send([UInt8](repeating: 1, count: 500_000))
        let answer = try await client.untilEnd()
        #expect(status(of: answer) == 403)
        #expect(answer.contains("Connection: close\r\n"))
        #expect(answer.hasSuffix("}"))
      }
    }
  }

  @Test func `A reset cuts the connection without an answer`() async throws {
    let handler: HTTPServer.Handler = { _ in .reset }
    try await withServer(handler: handler) { server in
      try await RawClient.with(port: server.port) { client in
        client.send(Self.get("/"))
        let received = try await client.untilEnd()
        #expect(received == "")
        #expect(client.failure != nil)
      }
    }
  }

  @Test func `A head that cannot be written is an error of the server`() async throws {
    let handler: HTTPServer.Handler = { _ in HTTPServerResponse(headers: ["X": "1\r\nY: 2"]) }
    try await withServer(Self.configuration, handler: handler) { server in
      let answer = try await RawClient.exchange(port: server.port, Self.get("/", Self.closing))
      #expect(status(of: answer) == 500)
      #expect(!answer.contains("Y: 2"))
    }
  }

  @Test func `Every answer has a date`() async throws {
    try await withServer(Self.configuration, handler: describe) { server in
      let answer = try await RawClient.exchange(port: server.port, Self.get("/", Self.closing))
      let pattern = /Date: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n/
      #expect(answer.firstMatch(of: pattern) != nil)
    }
  }
}
