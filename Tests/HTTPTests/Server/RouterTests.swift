import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct RouterTests {
  /// Every handler answers its pattern and the parameters.
  private static func router(_ routes: [(String, String)]) -> HTTPRouter {
    var router = HTTPRouter(logger: .disabled)
    for (method, pattern) in routes {
      router.on(method, pattern) { request in
        let parameters = request.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return .text(([pattern] + parameters).joined(separator: " "))
      }
    }
    return router
  }

  private static let routes = router([
    ("GET", "/"), ("GET", "/runs"), ("GET", "/runs/{run}"), ("POST", "/runs/{run}/cancel"),
    ("GET", "/runs/latest"), ("GET", "/runs/{run}/files/{path...}"), ("GET", "/{owner}/{repo}.git/{path...}"),
    ("GET", "/{owner}/{repo}"), ("PUT", "/runs/{run}"), ("GET", "/runs/{run}/files"),
  ])

  @Test(
    "The most literal pattern that matches is the one",
    arguments: [
      ("GET", "/", "/"), ("GET", "/runs", "/runs"), ("HEAD", "/runs", "/runs"),
      ("GET", "/runs/latest", "/runs/latest"), ("GET", "/runs/1", "/runs/{run} run=1"),
      ("GET", "/runs/a%2Fb", "/runs/{run} run=a/b"), ("GET", "/runs/%C3%A9?x=1", "/runs/{run} run=\u{E9}"),
      ("PUT", "/runs/1", "/runs/{run} run=1"), ("POST", "/runs/1/cancel", "/runs/{run}/cancel run=1"),
      ("GET", "/runs/1/files/a/b", "/runs/{run}/files/{path...} path=a/b run=1"),
      ("GET", "/runs/1/files", "/runs/{run}/files run=1"),
      ("GET", "/runs/1/files/", "/runs/{run}/files/{path...} path= run=1"),
      ("GET", "/o/r.git", "/{owner}/{repo}.git/{path...} owner=o path= repo=r"),
      ("GET", "/o/r.git/info/refs", "/{owner}/{repo}.git/{path...} owner=o path=info/refs repo=r"),
      ("GET", "/o/r", "/{owner}/{repo} owner=o repo=r"),
    ])
  func match(_ method: String, _ target: String, _ expected: String) async throws {
    let response = await Self.routes.respond(to: try HTTPServerRequest(method: method, target: target))
    #expect(response.status == 200)
    #expect(try text(of: response) == expected)
  }

  @Test(
    "What is nowhere is 404",
    arguments: ["/nowhere", "/", "/runs/1/", "/runs/1/other", "/RUNS", "/o/.git/x", "//runs"])
  func nowhere(_ target: String) async throws {
    let response = await Self.router([
      ("GET", "/runs"), ("GET", "/runs/{run}"), ("GET", "/o/{repo}.git/{path...}"),
    ]).respond(to: try HTTPServerRequest(method: "GET", target: target))
    #expect(response.status == 404)
    #expect(response.headers["Content-Type"] == "application/problem+json")
  }

  @Test func `A method that the path does not take is 405 with those it takes`() async throws {
    let response = await Self.routes.respond(
      to: try HTTPServerRequest(method: "DELETE", target: "/runs/latest"))
    #expect(response.status == 405)
    #expect(response.headers["Allow"] == "GET, HEAD, PUT")
  }

  @Test func `A handler's error is logged once and answered 500 without its words`() async throws {
    struct Secret: Error {}
    let lines = Watched<[String]>([])
    var router = HTTPRouter(
      logger: Logger(label: "test", sink: { line in lines.withLock { $0.append(line) } }))
    router.on("GET", "/") { _ in throw Secret() }
    let response = await router.respond(to: try HTTPServerRequest(method: "GET", target: "/"))
    #expect(response.status == 500)
    #expect(try !text(of: response).contains("Secret"))
    #expect(lines.withLock { $0.count } == 1)
  }

  @Test func `A body over the handler's limit is 413, and one that is no JSON 400`() async throws {
    var router = HTTPRouter(logger: .disabled)
    router.on("POST", "/") { request in .json(try await request.json(upTo: 10)) }
    for (body, status) in [("[1, 2]", 200), ("[1, 2, 3, 4, 5]", 413), ("[1", 400)] {
      let request = try HTTPServerRequest(method: "POST", target: "/", body: chunks([body]))
      #expect(await router.respond(to: request).status == status)
    }
  }

  private func text(of response: HTTPServerResponse) throws -> String {
    guard case .bytes(let bytes) = response.body else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }
}
