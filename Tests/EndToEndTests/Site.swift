import Crypto
import HTTP
import Testing

/// A matriz as those see it who come over HTTP.
struct Site: Sendable {
  private static let maximumAnswerBytes = 64 << 20

  /// `http://host:port`
  let origin: String
  /// `host:port`
  let grpcAddress: String
  let client: HTTPClient

  struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var json: JSONValue { get throws { try JSONValue(parsing: bytes) } }
  }

  func send(
    _ method: String, _ path: String, headers: HTTPHeaders = [:], body: HTTPBody = .empty
  ) async throws -> Answer {
    let response = try await client.send(HTTPRequest(method, origin + path, headers: headers, body: body))
    return Answer(
      status: response.status, headers: response.headers,
      bytes: try await response.bytes(upTo: Self.maximumAnswerBytes))
  }

  func get(_ path: String, headers: HTTPHeaders = [:]) async throws -> Answer {
    try await send("GET", path, headers: headers)
  }

  // MARK: Runs

  func run(_ id: String) async throws -> JSONValue {
    let answer = try await get("/api/v1/runs/\(id)")
    #expect(answer.status == 200, "\(answer.text)")
    return try answer.json
  }

  func runs() async throws -> [JSONValue] {
    try await get("/api/v1/runs").json["items"]?.array ?? []
  }

  /// The id of the run's only job.
  func job(of run: String) async throws -> String {
    let jobs = try await self.run(run)["jobs"]?.array
    #expect(jobs?.count == 1)
    return try #require(jobs?.first?["id"]?.string)
  }

  /// The log of the run's only job; `query` begins with a question mark.
  func log(of run: String, _ query: String = "") async throws -> Answer {
    let answer = try await get("/api/v1/runs/\(run)/jobs/\(try await job(of: run))/log\(query)")
    #expect(answer.status == 200, "\(answer.text)")
    return answer
  }

  /// The run's artifacts by name.
  func artifacts(of run: String) async throws -> [String: JSONValue] {
    let items = try await get("/api/v1/runs/\(run)/artifacts").json["items"]?.array ?? []
    return Dictionary(items.map { ($0["name"]?.string ?? "", $0) }, uniquingKeysWith: { $1 })
  }

  func download(_ artifact: JSONValue) async throws -> Answer {
    try await get("/api/artifacts/\(artifact["id"]?.string ?? "")/download")
  }

  // MARK: Webhooks

  /// A webhook as anybody may send it; `secret` signs it, and without one it has no signature.
  func deliver(
    _ body: [UInt8], event: String = "push", id: String = RandomBytes.hexadecimal(8),
    contentType: String = "application/json", secret: String? = Stage.webhookSecret
  ) async throws -> Answer {
    var headers: HTTPHeaders = [
      "Content-Type": contentType, "X-GitHub-Event": event, "X-GitHub-Delivery": id,
    ]
    if let secret {
      let code = HMACSHA256.authenticate(key: Array(secret.utf8), message: body)
      headers["X-Hub-Signature-256"] = "sha256=\(Hexadecimal.encode(code))"
    }
    return try await send("POST", "/webhooks/github", headers: headers, body: .bytes(body))
  }
}
