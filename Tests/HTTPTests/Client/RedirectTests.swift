import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct RedirectTests {
  /// `/to/<status>/<rest>` redirects to `/<rest>`; everything else says what came.
  @Sendable private static func handle(_ request: HTTPServerRequest) async -> HTTPServerResponse {
    if request.path.first == "to", request.path.count > 2, let status = Int(request.path[1]) {
      return .empty(status, headers: ["Location": "/" + request.path[2...].joined(separator: "/")])
    }
    if let other = request.query("location") { return .empty(302, headers: ["Location": other]) }
    let body = (try? await request.bytes(upTo: 100)) ?? []
    let headers = ["Authorization", "Accept", "X-Token"].map { request.headers[$0] ?? "-" }
    return .text(
      "\(request.method) \(request.rawPath) \(String(decoding: body, as: UTF8.self)) \(headers.joined(separator: ","))"
    )
  }

  private static let headers: HTTPHeaders = ["Authorization": "Bearer s", "Accept": "a/b", "X-Token": "t"]

  @Test(
    "A redirect keeps or loses method and body by its status",
    arguments: [
      (301, "POST", "GET /x  "), (302, "POST", "GET /x  "), (303, "PUT", "GET /x  "),
      (307, "POST", "POST /x b "),
      (308, "PUT", "PUT /x b "), (302, "PUT", "PUT /x b "),
    ])
  func method(_ status: Int, _ method: String, _ expected: String) async throws {
    try await withServerAndClient(handler: Self.handle) { url, client in
      var request = HTTPRequest(method, "\(url)/to/\(status)/x", headers: Self.headers, body: .text("b"))
      request.followsRedirects = true
      let text = String(decoding: try await client.send(request).bytes(), as: UTF8.self)
      #expect(text == expected + "Bearer s,a/b,t")
    }
  }

  @Test func `A redirect is the answer unless it is to be followed`() async throws {
    try await withServerAndClient(handler: Self.handle) { url, client in
      let response = try await client.send(HTTPRequest("GET", "\(url)/to/302/x"))
      #expect(response.status == 302)
      #expect(response.headers["Location"] == "/x")
    }
  }

  @Test func `Secrets do not follow to another origin`() async throws {
    try await withServer(handler: Self.handle) { other in
      try await withServerAndClient(handler: Self.handle) { url, client in
        var request = HTTPRequest(
          "GET", "\(url)/?location=http://127.0.0.1:\(other.port)/x", headers: Self.headers)
        request.followsRedirects = true
        let text = String(decoding: try await client.send(request).bytes(), as: UTF8.self)
        #expect(text == "GET /x  -,a/b,-")
      }
    }
  }

  @Test func `A circle is left after so many redirects`() async throws {
    try await withServerAndClient(handler: Self.handle) { url, client in
      var request = HTTPRequest("GET", "\(url)/?location=/?location=/")
      request.followsRedirects = true
      #expect(try await client.send(request).status == 200)
      let circle: HTTPServer.Handler = { _ in .empty(302, headers: ["Location": "/"]) }
      try await withServer(handler: circle) { server in
        request.url = "http://127.0.0.1:\(server.port)/"
        let last = try await client.send(request)
        #expect(last.status == 302)
      }
    }
  }

  @Test(
    "A redirect to what is no web page is refused",
    arguments: ["file:///etc/passwd", "http://u:p@127.0.0.1/"])
  func badLocation(_ location: String) async throws {
    try await withServerAndClient(handler: Self.handle) { url, client in
      var request = HTTPRequest("GET", "\(url)/?location=\(location)")
      request.followsRedirects = true
      #expect(await clientErrorCode { _ = try await client.send(request) } == .invalidAnswer)
    }
  }
}
