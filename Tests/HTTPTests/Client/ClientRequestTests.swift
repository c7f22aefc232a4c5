import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct ClientRequestTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let method: String
    let body: HTTPBody
    let framing: String
    let received: String

    var testDescription: String { "\(method) \(framing)" }
  }

  static let rows: [Row] = [
    Row(method: "GET", body: .empty, framing: "none", received: ""),
    Row(method: "DELETE", body: .empty, framing: "none", received: ""),
    Row(method: "POST", body: .empty, framing: "length 0", received: ""),
    Row(method: "POST", body: .text("hello"), framing: "length 5", received: "hello"),
    Row(method: "PATCH", body: .text("hello"), framing: "length 5", received: "hello"),
    Row(method: "DELETE", body: .text("hello"), framing: "length 5", received: "hello"),
    Row(method: "PUT", body: .stream(.bytes(Array("hello".utf8))), framing: "length 5", received: "hello"),
    Row(method: "POST", body: .stream(chunks(["he", "llo"])), framing: "chunked", received: "hello"),
  ]

  @Test("Method, framing and body arrive as they were asked for", arguments: rows)
  func bodies(_ row: Row) async throws {
    let handler: HTTPServer.Handler = { request in
      let length = request.headers["Content-Length"].map { "length \($0)" }
      let framing = length ?? request.headers["Transfer-Encoding"] ?? "none"
      let body = (try? await request.bytes(upTo: 100)) ?? []
      return .text([request.method, framing, String(decoding: body, as: UTF8.self)].joined(separator: "|"))
    }
    try await withServerAndClient(handler: handler) { url, client in
      let response = try await client.send(HTTPRequest(row.method, url, body: row.body))
      let text = String(decoding: try await response.bytes(), as: UTF8.self)
      #expect(text == "\(row.method)|\(row.framing)|\(row.received)")
    }
  }

  @Test func `An answer to HEAD has a length and no body`() async throws {
    let handler: HTTPServer.Handler = { _ in .text("hello") }
    try await withServerAndClient(handler: handler) { url, client in
      let response = try await client.send(HTTPRequest("HEAD", url))
      #expect(response.headers["Content-Length"] == "5")
      #expect(try await response.bytes() == [])
    }
  }

  @Test func `Fields travel both ways, and the server sees no type that nobody set`() async throws {
    let handler: HTTPServer.Handler = { request in
      let seen = ["X-Mine", "X-Empty", "User-Agent", "Content-Type", "Expect"].map {
        request.headers[$0] ?? "-"
      }
      return HTTPServerResponse(headers: ["X-Seen": seen.joined(separator: "|")])
    }
    try await withServerAndClient(handler: handler) { url, client in
      let request = HTTPRequest("POST", url, headers: ["x-mine": "a b", "X-Empty": ""], body: .text("x"))
      let response = try await client.send(request)
      #expect(response.headers["x-seen"] == "a b||mise-ci|-|-")
    }
  }

  @Test func `Requests one after the other use one connection`() async throws {
    let handler: HTTPServer.Handler = { .text("\($0.peer.port)") }
    try await withServerAndClient(handler: handler) { url, client in
      var ports: Set<[UInt8]> = []
      for _ in 0..<5 { ports.insert(try await client.send(HTTPRequest("GET", url)).bytes()) }
      #expect(ports.count == 1)
    }
  }

  @Test func `Many requests at once are all answered`() async throws {
    try await withServerAndClient(handler: describe) { url, client in
      try await withThrowingTaskGroup(of: String.self) { group in
        for index in 0..<100 {
          group.addTask {
            let response = try await client.send(
              HTTPRequest("POST", "\(url)/\(index)", body: .text("\(index)")))
            return String(decoding: try await response.bytes(), as: UTF8.self)
          }
        }
        let answers = try await group.reduce(into: Set<String>()) { $0.insert($1) }
        #expect(answers.count == 100)
        #expect(answers.contains("POST /42 [2] 42\n"))
      }
    }
  }

  @Test(
    "A URL that cannot be asked for is refused",
    arguments: [
      "", "/path", "a.example/x", "ftp://a.example/", "file:///etc/passwd", "http://", "http://a b/",
      "http://a.example/a b", "http://a.example/\r\nX: 1", "http://a.example/\u{0}",
      "http://a.example/\u{E9}",
      "http://user@a.example/", "http://user:secret@a.example/", "http://a.example:99999/",
      "mailto:a@a.example",
    ])
  func badURL(_ url: String) async throws {
    try await withClient { client in
      do {
        _ = try await client.send(HTTPRequest("GET", url))
        Issue.record("was sent")
      } catch let error as HTTPClientError {
        #expect(error.code == .badURL)
        #expect(!error.message.contains("secret"))
      }
    }
  }

  @Test(
    "A head that would not stay one is refused",
    arguments: [
      ("GET X", "X", "1"), ("GET\r\n", "X", "1"), ("", "X", "1"), ("GET", "X Y", "1"), ("GET", "", "1"),
      ("GET", "X", "1\r\nY: 2"), ("GET", "X", "1\0"), ("GET", "X\r\nY", "1"), ("GET", "Content-Length", "1"),
      ("GET", "transfer-encoding", "chunked"),
    ])
  func badHead(_ method: String, _ name: String, _ value: String) async throws {
    try await withClient { client in
      let code = await clientErrorCode {
        _ = try await client.send(
          HTTPRequest(method, "http://127.0.0.1:1/", headers: HTTPHeaders([(name, value)])))
      }
      #expect(code == .badRequest)
    }
  }
}

/// A stream of unknown length.
func chunks(_ parts: [String]) -> ByteStream {
  let rest = Watched(parts.map { Array($0.utf8) })
  return ByteStream { rest.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}
