import FakeNomad
import FoundationEssentials
import HTTP
import Testing

/// What a server answered, read to its end.
struct Answer {
  let status: Int
  let text: String
  let headers: HTTPHeaders

  /// The body as JSON; null when it is none.
  var json: JSONValue { (try? JSONValue(parsing: Array(text.utf8))) ?? .null }
  var index: Int64 { headers["X-Nomad-Index"].flatMap { Int64($0) } ?? 0 }
}

/// A client of one fake, over a real socket.
struct NomadConnection {
  let nomad: FakeNomad
  private let client = HTTPClient()

  init(_ nomad: FakeNomad) {
    self.nomad = nomad
  }

  func call(
    _ method: String, _ path: String, _ body: JSONValue? = nil, text: String? = nil,
    headers: HTTPHeaders = [:]
  ) async throws -> Answer {
    var request = HTTPRequest(method, nomad.url + path, headers: headers, timeoutSeconds: 30)
    if let body { request.body = .bytes(body.bytes()) }
    if let text { request.body = .text(text) }
    let response = try await client.send(request)
    return Answer(
      status: response.status, text: String(decoding: try await response.bytes(), as: UTF8.self),
      headers: response.headers)
  }

  /// Asks for something whose body is read as it comes.
  func open(_ path: String) async throws -> HTTPResponse {
    try await client.send(HTTPRequest("GET", nomad.url + path, timeoutSeconds: 30))
  }

  func close() async {
    await client.shutdown()
  }

  /// Registers a job and answers its id.
  @discardableResult
  func register(_ job: JSONValue) async throws -> String {
    let answer = try await call("POST", "/v1/jobs", ["Job": job])
    try #require(answer.status == 200, "\(answer.text)")
    return job["ID"]?.string ?? ""
  }

  /// Dispatches a job and answers the new job's id.
  func dispatch(_ job: String, _ meta: [String: String] = [:], query: String = "") async throws -> String {
    let answer = try await call(
      "POST", "/v1/job/\(job)/dispatch\(query)", ["Meta": .object(meta.mapValues { .string($0) })])
    try #require(answer.status == 200, "\(answer.text)")
    return try #require(answer.json["DispatchedJobID"]?.string)
  }

  /// Registers a parameterized job that runs a shell script, and dispatches it.
  func run(
    _ script: String, _ meta: [String: String] = [:], id: String = "shell", task: [String: JSONValue] = [:]
  ) async throws -> String {
    try await register(Jobs.shell(script, id: id, optional: meta.keys.sorted(), task: task))
    return try await dispatch(id, meta)
  }
}

/// Gives `body` a fake and a connection to it.
func withNomad<T>(
  _ options: FakeNomadOptions = FakeNomadOptions(), _ body: (NomadConnection) async throws -> T
) async throws -> T {
  try await withFakeNomad(options) { nomad in
    let connection = NomadConnection(nomad)
    do {
      let result = try await body(connection)
      await connection.close()
      return result
    } catch {
      await connection.close()
      throw error
    }
  }
}

/// Jobs as clients send them.
enum Jobs {
  /// A job whose one task is a shell script, parameterized unless said otherwise.
  static func shell(
    _ script: String, id: String, payload: String = "forbidden", required: [String] = [],
    optional: [String] = [], isParameterized: Bool = true, task: [String: JSONValue] = [:]
  ) -> JSONValue {
    var fields: [String: JSONValue] = [
      "Name": "run", "Driver": "raw_exec",
      "Config": ["command": "/bin/sh", "args": ["-c", .string(script)]],
    ]
    fields.merge(task) { $1 }
    var job: [String: JSONValue] = [
      "ID": .string(id), "Type": "batch", "Datacenters": ["dc1"],
      "TaskGroups": [
        [
          "Name": "worker", "RestartPolicy": ["Attempts": 0, "Mode": "fail"],
          "ReschedulePolicy": ["Attempts": 0, "Unlimited": false],
          "Tasks": [.object(fields)],
        ]
      ],
    ]
    if isParameterized {
      job["ParameterizedJob"] = [
        "Payload": .string(payload), "MetaRequired": .array(required.map { .string($0) }),
        "MetaOptional": .array(optional.map { .string($0) }),
      ]
    }
    return .object(job)
  }

  /// The text of a file in `Fixtures/nomad`.
  static func fixture(_ name: String) throws -> String {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let path = tests.deletingLastPathComponent().appending(path: "Fixtures/nomad/\(name)")
    return String(decoding: try Data(contentsOf: path), as: UTF8.self)
  }
}
