import FakeNomad
import HTTP
import Platform
import Testing

/// The Nomad that the contract is tried against, known by its API only: the one that `MISE_CI_NOMAD_ADDR` names (with
/// `MISE_CI_NOMAD_TOKEN` where it wants one), else a fake. A real one needs a client with the driver `raw_exec`.
struct ContractServer: Sendable {
  /// For what takes a moment; a real server on a small machine may take some.
  private static let deadlineSeconds = 60.0

  private let url: String
  private let token: String?
  private let client = HTTPClient()
  /// No two runs of the tests, and no two tests, have jobs of the same name.
  let id = "contract-\(UUIDv7.generate())"
  private(set) var datacenter = ""

  private init(url: String, token: String?) {
    self.url = url
    self.token = token
  }

  /// Gives `body` the server, and purges what was made there.
  static func with(_ body: (ContractServer) async throws -> Void) async throws {
    if let address = ProcessEnvironment["MISE_CI_NOMAD_ADDR"] {
      try await with(ContractServer(url: address, token: ProcessEnvironment["MISE_CI_NOMAD_TOKEN"]), body)
    } else {
      try await withFakeNomad { nomad in
        try await with(ContractServer(url: nomad.url, token: nil), body)
      }
    }
  }

  private static func with(
    _ server: ContractServer, _ body: (ContractServer) async throws -> Void
  ) async throws {
    var server = server
    do {
      let nodes = try await server.call("GET", "/v1/nodes").json.array ?? []
      server.datacenter = try #require(nodes.first?["Datacenter"]?.string, "there is no node")
      try await body(server)
    } catch {
      await server.close()
      throw error
    }
    await server.close()
  }

  private func close() async {
    let jobs = try? await call("GET", "/v1/jobs?prefix=\(id)").json.array
    for job in jobs ?? [] {
      _ = try? await call("DELETE", "/v1/job/\(job["ID"]?.string ?? "")?purge=true")
    }
    await client.shutdown()
  }

  func send(
    _ method: String, _ path: String, _ body: JSONValue? = nil
  ) async throws -> HTTPResponse {
    var request = HTTPRequest(method, url + path, timeoutSeconds: Self.deadlineSeconds)
    if let token { request.headers["X-Nomad-Token"] = token }
    if let body { request.body = .bytes(body.bytes()) }
    return try await client.send(request)
  }

  func call(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> Answer {
    let response = try await send(method, path, body)
    return Answer(
      status: response.status, text: String(decoding: try await response.bytes(), as: UTF8.self),
      headers: response.headers)
  }

  /// Asks by blocking queries until the answer is as wanted.
  @discardableResult
  func wait(for path: String, until isWanted: (JSONValue) -> Bool) async throws -> JSONValue {
    let end = MonotonicClock.nanoseconds() + Int64(Self.deadlineSeconds * 1e9)
    var index: Int64 = 0
    while true {
      let answer = try await call("GET", "\(path)?index=\(index)&wait=5s")
      if answer.status == 200, isWanted(answer.json) { return answer.json }
      guard MonotonicClock.nanoseconds() < end else {
        throw ContractTimeout("\(path) is not as wanted, but: \(answer.text.prefix(2_000))")
      }
      index = answer.index
    }
  }

  /// Waits until the newest allocation of a job has a state, and answers it.
  func allocation(of job: String, reaching status: String) async throws -> JSONValue {
    let list = try await wait(for: "/v1/job/\(job)/allocations") { list in
      Self.newest(list)?["ClientStatus"]?.string == status
    }
    return try #require(Self.newest(list))
  }

  private static func newest(_ list: JSONValue) -> JSONValue? {
    list.array?.max { ($0["CreateIndex"]?.integer ?? 0) < ($1["CreateIndex"]?.integer ?? 0) }
  }

  /// What a task printed.
  func log(of allocation: JSONValue, _ type: String = "stdout", query: String = "&plain=true") async throws
    -> String
  {
    let id = allocation["ID"]?.string ?? ""
    let answer = try await call("GET", "/v1/client/fs/logs/\(id)?task=run&type=\(type)\(query)")
    #expect(answer.status == 200, "\(answer.text)")
    return answer.text
  }
}

/// What was waited for did not come.
struct ContractTimeout: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
