import Crypto
import HTTP
import Platform
import Synchronization
import TestKit
import Testing

/// A server that answers as the HTTP API of a matriz does, with a run of its own; it records what it was asked.
final class StubMatriz: Sendable {
  static let run = "0199f3a1-7b00-7000-8000-000000000001"
  static let job = "0199f3a1-7b00-7000-8000-000000000002"
  static let token = "the API's token"
  static let artifact = Array("\u{0}\u{1}any bytes\r\n".utf8)
  static let artifactNames = ["widget.bin", "damaged.bin"]

  struct Asked: Hashable {
    var method = "GET"
    let target: String
    var body = ""
    let authorization: String?
  }

  /// One answer of the log route.
  struct LogAnswer {
    let bytes: [UInt8]
    let size: Int
    let isComplete: Bool
    var status = 200
  }

  struct State {
    var asked: [Asked] = []
    /// Served one after the other.
    var logAnswers: [LogAnswer] = []
  }

  let state = Mutex(State())

  /// Serves while `body` runs, which is given the server's address.
  func serve<T>(_ body: (_ url: String) async throws -> T) async throws -> T {
    let router = self.router()
    let server = try await HTTPServer.start { [self] request in
      let body = request.method == "POST" ? (try? await request.bytes(upTo: 65_536)) ?? [] : []
      state.withLock {
        $0.asked.append(
          Asked(
            method: request.method, target: request.target, body: String(decoding: body, as: UTF8.self),
            authorization: request.headers["Authorization"]))
      }
      return await router.respond(to: request)
    }
    do {
      let result = try await body("http://127.0.0.1:\(server.port)")
      await server.shutdown(graceSeconds: 1)
      return result
    } catch {
      await server.shutdown(graceSeconds: 0)
      throw error
    }
  }

  /// Runs the built `mise-ci` against this server.
  func miseCI(
    _ arguments: [String], token: String? = StubMatriz.token, in folder: String? = nil
  ) async throws -> ProcessResult {
    try await serve { url in
      try await runMiseCI(
        arguments, environment: ["MISE_CI_URL": url, "MISE_CI_API_TOKEN": token ?? ""], in: folder)
    }
  }

  private func router() -> HTTPRouter {
    var router = HTTPRouter()
    func on(
      _ pattern: String, method: String = "GET",
      _ handler: @escaping @Sendable (HTTPServerRequest) -> HTTPServerResponse
    ) {
      router.on(method, pattern) { request in
        guard request.headers["Authorization"] == "Bearer \(Self.token)" else {
          return .problem(status: 401, detail: "an API token is needed")
        }
        return handler(request)
      }
    }
    // A list of 450 runs, of which one answer has at most 200.
    on("/api/v1/runs") { request in
      let start = request.query("cursor").flatMap { Int($0) } ?? 0
      let end = min(450, start + min(200, request.query("limit").flatMap { Int($0) } ?? 50))
      let items = (start..<end).map { Self.runView(number: Int64(450 - $0)) }
      return .json(["items": .array(items), "next": end < 450 ? .string("\(end)") : .null])
    }
    on("/api/v1/runs/{run}") { request in
      request.parameters["run"] == Self.run
        ? .json(Self.runView(number: 7)) : .problem(status: 404, detail: "there is no such run")
    }
    on("/api/v1/runs/{run}/jobs/{job}/log") { [self] _ in
      let answer = state.withLock { $0.logAnswers.isEmpty ? nil : $0.logAnswers.removeFirst() }
      guard let answer else { return .problem(status: 410, detail: "there are no more answers") }
      guard answer.status == 200 else { return .problem(status: answer.status) }
      return HTTPServerResponse(
        headers: ["X-Log-Size": "\(answer.size)", "X-Log-Complete": "\(answer.isComplete)"],
        body: .bytes(answer.bytes))
    }
    on("/api/v1/runs/{run}/cancel", method: "POST") { request in
      guard request.parameters["run"] == Self.run else {
        return .problem(status: 409, detail: "the run is over: it has succeeded")
      }
      return .json(
        [
          "id": .string(Self.run), "state": "running",
          "cancellation": ["reason": "cancelled by ann", "requestedAt": "2025-03-01T09:30:00.250Z"],
        ], status: 202)
    }
    on("/api/v1/runs/{run}/approve", method: "POST") { _ in
      .json(["id": .string(Self.run), "state": "queued", "sha": "0123abcd"], status: 202)
    }
    on("/api/v1/runs/{run}/rerun", method: "POST") { _ in
      .json(["id": .string(Self.run), "state": "queued", "attempt": 2], status: 202)
    }
    on("/api/v1/runs/{run}/artifacts") { _ in
      .json(["items": .array(Self.artifactNames.map(Self.artifactView)), "next": nil])
    }
    on("/api/artifacts/{id}/download") { request in
      let isWhole = request.parameters["id"] == Self.artifactID("widget.bin")
      return HTTPServerResponse(body: .bytes(isWhole ? Self.artifact : Self.artifact.dropLast() + [0]))
    }
    on("/api/v1/deliveries") { _ in
      .json(["items": [Self.deliveryView, Self.ignoredDeliveryView], "next": nil] as JSONValue)
    }
    on("/api/v1/deliveries/{id}") { request in
      guard request.parameters["id"] == "d-2" else {
        return .problem(status: 404, detail: "there is no such delivery")
      }
      var fields = Self.deliveryView.object ?? [:]
      fields["headers"] = ["x-github-event": "push", "content-type": "application/json"]
      fields["payload"] = ["ref": "refs/heads/main"]
      fields["replays"] = [Self.ignoredDeliveryView]
      return .json(.object(fields))
    }
    on("/api/v1/deliveries/{id}/replay", method: "POST") { request in
      switch request.parameters["id"] {
      case "d-2": .json(["run": .string(Self.run)], status: 202)
      case "d-1": .json(["ignored": "nothing to do"] as JSONValue)
      default: .problem(status: 410, detail: "nothing is kept of this delivery")
      }
    }
    return router
  }

  private static let deliveryView: JSONValue = [
    "id": "r-2", "delivery": "d-2", "event": "push", "repository": "acme/widgets", "outcome": "run",
    "run": .string(run), "receivedAt": "2025-03-01T09:30:00.250Z",
  ]
  private static let ignoredDeliveryView: JSONValue = [
    "id": "r-1", "delivery": "d-1", "event": "star", "outcome": "ignored", "reason": "nothing to do",
    "receivedAt": "2025-03-01T09:29:00.000Z", "replayOf": "r-2",
  ]

  private static func runView(number: Int64) -> JSONValue {
    [
      "id": .string(run), "number": .integer(number), "repository": "acme/widgets", "event": "push",
      "ref": "refs/heads/main", "sha": "0123456789abcdef0123456789abcdef01234567",
      "title": "Widgets \u{1B}[31mare red", "state": "failed", "reason": "task 'ci' ended with 3",
      "attempt": 1, "createdAt": "2025-03-01T09:30:00.250Z", "startedAt": "2025-03-01T09:30:01.000Z",
      "finishedAt": "2025-03-01T09:32:06.500Z",
      "jobs": [
        [
          "id": .string(job), "name": "ci", "state": "failed", "attempt": 2, "worker": "node-1",
          "createdAt": "2025-03-01T09:30:00.250Z", "reason": nil,
          "steps": [
            [
              "name": "mise run ci", "state": "failed", "exitCode": 3,
              "startedAt": "2025-03-01T09:30:01.000Z", "finishedAt": "2025-03-01T09:30:05.200Z",
            ]
          ],
        ]
      ],
    ]
  }

  private static func artifactID(_ name: String) -> String {
    "0199f3a1-7b00-7000-8000-00000000001\(name == "widget.bin" ? 0 : 1)"
  }

  private static func artifactView(_ name: String) -> JSONValue {
    [
      "id": .string(artifactID(name)), "name": .string(name), "size": .integer(Int64(artifact.count)),
      "checksum": .string(SHA256.hexadecimal(of: artifact)), "createdAt": "2025-03-01T09:32:00.000Z",
    ]
  }
}

/// Runs the built `mise-ci` with nothing of the configuration in the environment but what is given.
func runMiseCI(
  _ arguments: [String], environment: [String: String] = [:], in folder: String? = nil
) async throws -> ProcessResult {
  let program = try #require(BuiltProducts.path("mise-ci"))
  let inherited = ProcessEnvironment.current().filter { !$0.key.hasPrefix("MISE_CI_") }
  return try await runProcess(
    program, arguments, environment: inherited.merging(environment) { $1 }, workingDirectory: folder)
}
