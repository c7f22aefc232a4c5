import HTTP
import TestSupport
import Testing

/// Each row is sent twice: at once, and byte by byte.
@Suite(.fewAtOnce) struct RequestRulesTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    let request: String
    let status: Int

    init(_ name: String, _ request: String, _ status: Int) {
      self.name = name
      self.request = request
      self.status = status
    }

    var testDescription: String { name }
  }

  static let requestLines: [Row] = [
    Row("a plain request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    Row("an empty line before it", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    Row("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 200),
    Row("absolute form", "GET http://a/b?c HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    Row("a method nobody knows", "FETCH / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("a method in lower case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    Row("no version", "GET /\r\n\r\n", 400),
    Row("version 0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
    Row("version 1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
    Row("version 2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    Row("a version that is none", "GET / HTTX/1.1\r\nHost: a\r\n\r\n", 400),
    Row("two blanks before the target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("two blanks behind the target", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("a blank behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400),
    Row("a tab for a blank", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("a blank before the method", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("LF alone behind the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
    Row("NUL in the target", "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("DEL in the target", "GET /a\u{7F}b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("UTF-8 in the target", "GET /\u{E9} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("a fragment in the target", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("a target without slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("a NUL once decoded", "GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("an escape with one digit", "GET /a%2 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("an escape without digits", "GET /a%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("a bad escape in the query", "GET /a?b=%f HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("escapes that are not UTF-8", "GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("a segment that goes up", "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    Row("an escaped segment that goes up", "GET /a/%2e%2E/b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
  ]

  static let headers: [Row] = [
    Row("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
    Row("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    Row("two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    Row("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
    Row("a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    Row("a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
    Row("a Host that is an address", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200),
    Row("a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    Row("a blank in a name", "GET / HTTP/1.1\r\nHost: a\r\nX Y: 1\r\n\r\n", 400),
    Row("a tab before the colon", "GET / HTTP/1.1\r\nHost: a\r\nX\t: 1\r\n\r\n", 400),
    Row("a line without colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", 400),
    Row("a line without name", "GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n", 400),
    Row("white space before the first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
    Row("a folded header", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", 400),
    Row("a header folded by a tab", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n\t2\r\n\r\n", 400),
    Row("LF alone behind a header", "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", 400),
    Row("LF alone at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
    Row("CR alone in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r2\r\n\r\n", 400),
    Row("NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\0\r\n\r\n", 400),
    Row("an empty value", "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n", 200),
    Row("bytes beyond ASCII in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{E9}\r\n\r\n", 200),
    Row(
      "an unknown expectation", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: x\r\n\r\nb", 417),
    Row(
      "an upgrade, which is ignored",
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", 200),
  ]

  static let framing: [Row] = [
    Row("a counted body", post("Content-Length: 5", "hello"), 200),
    Row("a chunked body", post("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"), 200),
    Row("chunked in upper case", post("Transfer-Encoding: CHUNKED", "0\r\n\r\n"), 200),
    Row("a chunk with an extension", post("Transfer-Encoding: chunked", "5;a=b\r\nhello\r\n0\r\n\r\n"), 200),
    Row("a trailer", post("Transfer-Encoding: chunked", "1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n"), 200),
    Row("length before encoding", post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
    Row("encoding before length", post("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"), 400),
    Row("two lengths", post("Content-Length: 5\r\nContent-Length: 6", "hello"), 400),
    Row("the same length twice", post("Content-Length: 5\r\nContent-Length: 5", "hello"), 400),
    Row("a list of lengths", post("Content-Length: 5, 5", "hello"), 400),
    Row("a signed length", post("Content-Length: +5", "hello"), 400),
    Row("a negative length", post("Content-Length: -5", "hello"), 400),
    Row("a hexadecimal length", post("Content-Length: 0x5", "hello"), 400),
    Row("a length that overflows", post("Content-Length: 99999999999999999999", ""), 400),
    Row("a length over the limit", post("Content-Length: 9999999999999999", ""), 413),
    Row("a blank before the length's colon", post("Content-Length : 5", "hello"), 400),
    Row("chunked not last", post("Transfer-Encoding: chunked, identity", "0\r\n\r\n"), 501),
    Row("chunked behind another", post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), 501),
    Row(
      "chunked twice in two lines",
      post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 501),
    Row("another encoding", post("Transfer-Encoding: gzip", ""), 501),
    Row("identity", post("Transfer-Encoding: identity", ""), 501),
    Row("xchunked", post("Transfer-Encoding: xchunked", "0\r\n\r\n"), 501),
    Row("a control character before chunked", post("Transfer-Encoding: \u{B}chunked", "0\r\n\r\n"), 501),
    Row(
      "a chunked body in 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400),
    Row("a chunk size that is no number", post("Transfer-Encoding: chunked", "x\r\nhello\r\n0\r\n\r\n"), 400),
    Row("a negative chunk size", post("Transfer-Encoding: chunked", "-1\r\nhello\r\n0\r\n\r\n"), 400),
    Row("a chunk size with 0x", post("Transfer-Encoding: chunked", "0x5\r\nhello\r\n0\r\n\r\n"), 400),
    Row(
      "a chunk size that overflows", post("Transfer-Encoding: chunked", "fffffffffffffffff\r\nhello\r\n"), 400
    ),
    Row("a chunk longer than its size", post("Transfer-Encoding: chunked", "3\r\nhello\r\n0\r\n\r\n"), 400),
    Row("a chunk size ended by LF", post("Transfer-Encoding: chunked", "5\nhello\r\n0\r\n\r\n"), 400),
    Row("a chunk without its line end", post("Transfer-Encoding: chunked", "5\r\nhelloXX0\r\n\r\n"), 400),
    Row("a chunk size without LF", post("Transfer-Encoding: chunked", "5\rXhello\r\n0\r\n\r\n"), 400),
    Row("a blank behind a chunk size", post("Transfer-Encoding: chunked", "5 \r\nhello\r\n0\r\n\r\n"), 400),
    Row("LF in a chunk's extension", post("Transfer-Encoding: chunked", "5;a\nb\r\nhello\r\n0\r\n\r\n"), 400),
    Row("NUL in a chunk's extension", post("Transfer-Encoding: chunked", "5;\0\r\nhello\r\n0\r\n\r\n"), 400),
    Row("a body whose last line end is none", post("Transfer-Encoding: chunked", "0\r\n\rX"), 400),
    Row("a trailer ended by LF", post("Transfer-Encoding: chunked", "0\r\nA: 1\n\n"), 400),
    Row("a folded trailer", post("Transfer-Encoding: chunked", "0\r\nA: 1\r\n 2\r\n\r\n"), 400),
    Row("a trailer without colon", post("Transfer-Encoding: chunked", "0\r\nA\r\n\r\n"), 400),
    Row(
      "chunk extensions over the limit",
      post("Transfer-Encoding: chunked", "5;\(String(repeating: "x", count: 5_000))\r\nhello\r\n0\r\n\r\n"),
      431),
    Row("a chunk ended by LF", post("Transfer-Encoding: chunked", "5\r\nhello\n0\r\n\r\n"), 400),
  ]

  static func post(_ headers: String, _ body: String) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\n\(headers)\r\n\r\n\(body)"
  }

  @Test("A request is answered by the rules of RFC 9112", arguments: requestLines + headers + framing)
  func request(_ row: Row) async throws {
    var configuration = HTTPServerConfiguration()
    configuration.drainTimeoutSeconds = 0.05
    try await withServer(configuration, handler: describe) { server in
      for isSplit in [false, true] {
        let answer = try await RawClient.with(port: server.port) { client in
          if isSplit {
            for byte in row.request.utf8 { client.send([byte]) }
          } else {
            client.send(row.request)
          }
          client.endOutput()
          return try await client.untilEnd()
        }
        #expect(status(of: answer) == row.status, "\(isSplit ? "byte by byte" : "at once"): \(answer)")
        #expect(answer.split(separator: "HTTP/1.1 ").count == 1)
      }
    }
  }
}
