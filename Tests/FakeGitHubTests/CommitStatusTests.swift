import FakeGitHub
import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce) struct CommitStatusTests {
  /// A status that is posted: its sha (`nil` for the real one), its body, and the answer.
  struct Row: Sendable, CustomTestStringConvertible {
    let what: String
    var sha: String?
    let body: JSONValue
    let status: Int
    var message: String?

    var testDescription: String { what }
  }

  static let rows = [
    Row(what: "a state alone", body: ["state": "pending"], status: 201),
    Row(
      what: "140 characters",
      body: ["state": "success", "description": .string(String(repeating: "ü", count: 140))], status: 201),
    Row(
      what: "141 characters",
      body: ["state": "success", "description": .string(String(repeating: "x", count: 141))], status: 422,
      message: "Validation Failed"),
    Row(what: "an unknown state", body: ["state": "green"], status: 422, message: "Validation Failed"),
    Row(
      what: "a target that is no web address", body: ["state": "error", "target_url": "file:///x"],
      status: 422, message: "Validation Failed"),
    Row(
      what: "an unknown sha", sha: String(repeating: "1", count: 40), body: ["state": "success"],
      status: 422, message: "No commit found for SHA: \(String(repeating: "1", count: 40))"),
    Row(
      what: "a branch instead of a sha", sha: "main", body: ["state": "success"], status: 422,
      message: "No commit found for SHA: main"),
  ]

  @Test(arguments: rows) func `A status is taken or refused as on GitHub`(_ row: Row) async throws {
    try await GitHubClient.with { client in
      let answer = try await client.call(
        "POST", "/repos/octo/app/statuses/\(row.sha ?? client.sha)", token: try await client.token(),
        json: row.body)
      #expect(answer.status == row.status)
      #expect(answer.message == row.message)
      #expect(client.github.statuses("octo/app", client.sha).count == (row.status == 201 ? 1 : 0))
    }
  }

  @Test func `A token without the permission may not report`() async throws {
    try await GitHubClient.with { client in
      let token = try await client.token(["permissions": ["contents": "read", "statuses": "read"]])
      let answer = try await client.call(
        "POST", "/repos/octo/app/statuses/\(client.sha)", token: token, json: ["state": "success"])
      #expect(answer.status == 403)
      #expect(answer.message == "Resource not accessible by integration")
    }
  }

  @Test func `Without credentials a private repository is not found`() async throws {
    try await GitHubClient.with { client in
      let answer = try await client.call(
        "POST", "/repos/octo/app/statuses/\(client.sha)", json: ["state": "success"])
      #expect(answer.status == 404)
    }
  }

  /// The states of two contexts, and what they come to.
  static let combinations: [([String], [String], String)] = [
    ([], [], "pending"),
    (["pending", "success"], [], "success"),
    (["success"], ["pending"], "pending"),
    (["success"], ["failure"], "failure"),
    (["error", "success"], ["success"], "success"),
  ]

  @Test(arguments: combinations) func `The combined status counts the newest of each context`(
    _ first: [String], _ second: [String], _ expected: String
  ) async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      for (context, states) in [("a", first), ("b", second)] {
        for state in states {
          let body: JSONValue = ["state": .string(state), "context": .string(context)]
          let posted = try await client.call(
            "POST", "/repos/octo/app/statuses/\(client.sha)", token: token, json: body)
          #expect(posted.status == 201)
        }
      }
      let answer = try await client.call("GET", "/repos/octo/app/commits/main/status", token: token)
      #expect(answer.json["state"]?.string == expected)
    }
  }

  @Test func `A wait for a status ends when it comes`() async throws {
    try await GitHubClient.with { client in
      let github = client.github
      let sha = client.sha
      async let final = github.waitForFinalStatus(repo: "octo/app", sha: sha, context: "mise-ci")
      let token = try await client.token()
      for state in ["pending", "failure"] {
        let body: JSONValue = ["state": .string(state), "context": "mise-ci"]
        _ = try await client.call("POST", "/repos/octo/app/statuses/\(sha)", token: token, json: body)
      }
      #expect(try await final.state == .failure)
    }
  }

  @Test func `A wait for what does not come says so`() async throws {
    try await GitHubClient.with { client in
      let error = await #expect(throws: FakeGitHubError.self) {
        try await client.github.waitForStatus(
          repo: "octo/app", sha: client.sha, state: .success, timeoutSeconds: 0.01)
      }
      #expect(error?.code == .timedOut)
    }
  }

  @Test func `Lists come in pages with links`() async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      for _ in 1...3 {
        _ = try await client.call(
          "POST", "/repos/octo/app/statuses/\(client.sha)", token: token, json: ["state": "pending"])
      }
      let path = "/repos/octo/app/commits/\(client.sha)/statuses?per_page=2"
      let first = try await client.call("GET", path, token: token)
      #expect(first.json.array?.count == 2)
      let link = first.headers["Link"] ?? ""
      #expect(link.contains("rel=\"next\"") && link.contains("rel=\"last\""))
      let second = try await client.call("GET", path + "&page=2", token: token)
      #expect(second.json.array?.count == 1)
    }
  }
}
