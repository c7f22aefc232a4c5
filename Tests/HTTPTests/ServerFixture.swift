import HTTP
import Platform

/// Runs a server for the length of `body`, and checks that nothing of it is left afterwards.
func withServer<T>(
  _ configuration: HTTPServerConfiguration = HTTPServerConfiguration(),
  handler: @escaping HTTPServer.Handler, _ body: (HTTPServer) async throws -> T
) async throws -> T {
  var configuration = configuration
  configuration.logger = .disabled
  let server = try await HTTPServer.start(configuration, handler: handler)
  let result: T
  do {
    result = try await body(server)
  } catch {
    await server.shutdown(graceSeconds: 0)
    throw error
  }
  await server.shutdown(graceSeconds: 0)
  return result
}

/// Answers with the method, the decoded path and the body that came: `POST /a/b [5] hello`.
@Sendable func describe(_ request: HTTPServerRequest) async -> HTTPServerResponse {
  do {
    let body = try await request.bytes(upTo: 1 << 20)
    let path = request.path.map { "/" + $0 }.joined()
    return .text("\(request.method) \(path) [\(body.count)] \(String(decoding: body, as: UTF8.self))\n")
  } catch {
    return .problem(status: (error as? HTTPServerError)?.status ?? 500, detail: "\(error)")
  }
}

/// The status in the first line of an answer; 0 for none.
func status(of answer: String) -> Int {
  let parts = answer.prefix { $0 != "\r\n" }.split(separator: " ")
  return parts.count > 1 && parts[0] == "HTTP/1.1" ? Int(parts[1]) ?? 0 : 0
}

/// The statuses of all answers on a connection.
func statuses(of answers: String) -> [Int] {
  answers.split(separator: "HTTP/1.1 ", omittingEmptySubsequences: true).compactMap { Int($0.prefix(3)) }
}
