import FakeGitHub
import HTTP
import Platform
import TestSupport
import Testing

/// What GitHub refuses of a request that is otherwise in order, and how it says so. App tokens and check runs have tables
/// of their own.
@Suite(.fewAtOnce) struct RefusalTests {
  /// A request, and the refusal that it gets.
  struct Row: Sendable, CustomTestStringConvertible {
    let what: String
    var method = "GET"
    /// `SHA` stands for the repository's commit.
    var path: String
    var body: String?
    var token = Token.all
    var headers: HTTPHeaders = [:]
    let status: Int
    let message: String
    /// The first of `errors`: its field and code.
    var error: (field: String, code: String)?

    var testDescription: String { what }
  }

  enum Token: Sendable {
    case none, nonsense, expired, revoked, ofAnotherAccount, all, reader, ofAnotherRepository, suspended,
      personal
  }

  static let unknown = String(repeating: "1", count: 40)
  static let app = "/repos/octo/app"
  static let rows: [Row] = [
    // Who asks.
    Row(what: "no credentials", path: app, token: .none, status: 404, message: "Not Found"),
    Row(
      what: "no credentials for a user", path: "/user", token: .none, status: 401,
      message: "Requires authentication"),
    Row(
      what: "no credentials to change what is public", method: "POST", path: "/repos/octo/open/releases",
      body: #"{"tag_name":"v1"}"#, token: .none, status: 401, message: "Requires authentication"),
    Row(what: "nonsense", path: app, token: .nonsense, status: 401, message: "Bad credentials"),
    Row(what: "an expired token", path: app, token: .expired, status: 401, message: "Bad credentials"),
    Row(what: "a revoked token", path: app, token: .revoked, status: 401, message: "Bad credentials"),
    Row(
      what: "another installation's token", path: app, token: .ofAnotherAccount, status: 404,
      message: "Not Found"),
    Row(
      what: "a token for another repository", path: app, token: .ofAnotherRepository, status: 404,
      message: "Not Found"),
    Row(
      what: "a suspended installation", path: app, token: .suspended, status: 403,
      message: "This installation has been suspended"),
    Row(
      what: "a token without the permission", method: "POST", path: "\(app)/statuses/SHA",
      body: #"{"state":"success"}"#,
      token: .reader, status: 403, message: "Resource not accessible by integration"),
    Row(
      what: "an App where a user is meant", path: "/user", status: 403,
      message: "Resource not accessible by integration"),
    Row(
      what: "a token where the App is meant", path: "/app", status: 401,
      message: "A JSON web token could not be decoded"),
    Row(
      what: "a person's check", method: "POST", path: "\(app)/check-runs",
      body: #"{"name":"x","head_sha":"SHA"}"#,
      token: .personal, status: 403, message: "You must authenticate via a GitHub App."),
    // How it is asked.
    Row(
      what: "an unknown version", path: app, headers: ["X-GitHub-Api-Version": "2020-01-01"], status: 400,
      message: """
        The version you specified in the "X-GitHub-API-Version" request header, "2020-01-01", is not a supported \
        version. The following versions are currently supported: "2026-03-10" (most recent), "2022-11-28".
        """),
    Row(
      what: "no JSON", method: "POST", path: "\(app)/statuses/SHA", body: "{", status: 400,
      message: "Problems parsing JSON"),
    Row(
      what: "a list for an object", method: "POST", path: "\(app)/statuses/SHA", body: "[]", status: 400,
      message: "Body should be a JSON object"),
    Row(what: "an unknown path", path: "\(app)/nothing", status: 404, message: "Not Found"),
    Row(
      what: "an unknown method", method: "DELETE", path: "\(app)/statuses/SHA", status: 404,
      message: "Not Found"),
    // What is asked for.
    Row(what: "an unknown repository", path: "/repos/octo/none", status: 404, message: "Not Found"),
    Row(
      what: "an unknown commit", path: "\(app)/commits/\(unknown)", status: 422,
      message: "No commit found for SHA: \(unknown)"),
    Row(what: "an unknown tag", path: "\(app)/releases/tags/none", status: 404, message: "Not Found"),
    Row(what: "an unknown branch", path: "\(app)/branches/none", status: 404, message: "Branch not found"),
    Row(
      what: "a file of an unknown ref", path: "\(app)/contents/README.md?ref=none", status: 404,
      message: "No commit found for the ref none"),
    Row(what: "an unknown number", path: "\(app)/pulls/x", status: 404, message: "Not Found"),
    // What is said.
    Row(
      what: "a status of an unknown commit", method: "POST", path: "\(app)/statuses/\(unknown)",
      body: #"{"state":"success"}"#, status: 422, message: "No commit found for SHA: \(unknown)"),
    Row(
      what: "an unknown state", method: "POST", path: "\(app)/statuses/SHA", body: #"{"state":"green"}"#,
      status: 422,
      message: "Validation Failed", error: ("state", "custom")),
    Row(
      what: "too long a context", method: "POST", path: "\(app)/statuses/SHA",
      body: #"{"state":"success","context":"\#(String(repeating: "c", count: 256))"}"#, status: 422,
      message: "Validation Failed", error: ("context", "custom")),
    Row(
      what: "a description that is no text", method: "POST", path: "\(app)/statuses/SHA",
      body: #"{"state":"success","description":7}"#, status: 422,
      message: "Invalid request.\n\nFor 'properties/description', 7 is not a string."),
    Row(
      what: "a release that is there", method: "POST", path: "\(app)/releases", body: #"{"tag_name":"v0"}"#,
      status: 422,
      message: "Validation Failed", error: ("tag_name", "already_exists")),
    Row(
      what: "a release of no tag", method: "POST", path: "\(app)/releases", body: "{}", status: 422,
      message: "Invalid request.\n\n\"tag_name\" wasn't supplied."),
    Row(
      what: "a release of a bad tag", method: "POST", path: "\(app)/releases", body: #"{"tag_name":"a..b"}"#,
      status: 422,
      message: "Validation Failed", error: ("tag_name", "custom")),
    Row(
      what: "a release of an unknown commit", method: "POST", path: "\(app)/releases",
      body: #"{"tag_name":"v9","target_commitish":"none"}"#, status: 422, message: "Validation Failed",
      error: ("target_commitish", "invalid")),
    Row(
      what: "a file that is there already", method: "PUT", path: "\(app)/contents/README.md",
      body: #"{"message":"m","content":"YQ=="}"#, status: 422,
      message: "Invalid request.\n\n\"sha\" wasn't supplied."),
    Row(
      what: "a file that is another one", method: "PUT", path: "\(app)/contents/README.md",
      body: #"{"message":"m","content":"YQ==","sha":"\#(unknown)"}"#, status: 409,
      message: "README.md does not match \(unknown)"),
    Row(
      what: "content that is no Base64", method: "PUT", path: "\(app)/contents/a",
      body: #"{"message":"m","content":"%"}"#,
      status: 422, message: "content is not valid Base64"),
    Row(
      what: "a ref that is there", method: "POST", path: "\(app)/git/refs",
      body: #"{"ref":"refs/heads/main","sha":"SHA"}"#,
      status: 422, message: "Reference already exists"),
    Row(
      what: "a ref to nothing", method: "POST", path: "\(app)/git/refs",
      body: #"{"ref":"refs/heads/x","sha":"\#(unknown)"}"#, status: 422, message: "Object does not exist"),
    Row(
      what: "a ref that is not there", method: "DELETE", path: "\(app)/git/refs/heads/none", status: 422,
      message: "Reference does not exist"),
    Row(
      what: "a pull request of an unknown branch", method: "POST", path: "\(app)/pulls",
      body: #"{"title":"t","head":"none","base":"main"}"#, token: .personal, status: 422,
      message: "Validation Failed",
      error: ("head", "invalid")),
  ]

  @Test(arguments: rows) func `It is refused with GitHub's words`(_ row: Row) async throws {
    try await GitHubClient.with(personalAccessToken: "ghp_person") { client in
      try await client.github.addRepository("octo/open", isPrivate: false)
      try await client.repository.publishRelease(tag: "v0")
      let token = try await Self.token(row.token, client)
      let answer = try await client.call(
        row.method, row.path.replacing("SHA", with: client.sha), token: token,
        body: row.body.map { .text($0.replacing("SHA", with: client.sha)) } ?? .empty, headers: row.headers)
      #expect(answer.status == row.status)
      #expect(answer.message == row.message)
      #expect(answer.json["status"]?.string == String(row.status))
      #expect(answer.json["documentation_url"]?.string?.hasPrefix("https://docs.github.com/rest") == true)
      #expect(answer.headers["Content-Type"] == "application/json; charset=utf-8")
      if let error = row.error {
        #expect(answer.json["errors"]?[0]?["field"]?.string == error.field)
        #expect(answer.json["errors"]?[0]?["code"]?.string == error.code)
      }
    }
  }

  private static func token(_ token: Token, _ client: GitHubClient) async throws -> String? {
    switch token {
    case .none: return nil
    case .nonsense: return "ghs_nonsense"
    case .expired: return try client.github.makeToken(for: client.repository, lifetimeSeconds: -1)
    case .all: return try await client.token()
    case .reader: return try await client.token(["permissions": ["contents": "read"]])
    case .personal: return "ghp_person"
    case .revoked:
      let token = try await client.token()
      #expect(try await client.call("DELETE", "/installation/token", token: token).status == 204)
      return token
    case .ofAnotherAccount:
      return try client.github.makeToken(for: try await client.github.addRepository("other/one"))
    case .ofAnotherRepository:
      try await client.github.addRepository("octo/second")
      return try await client.token(["repositories": ["second"]])
    case .suspended:
      let token = try await client.token()
      try await client.github.suspendInstallation(on: "octo")
      return token
    }
  }

  @Test func `Every answer to an App names the permission that it takes`() async throws {
    try await GitHubClient.with { client in
      let token = try await client.token(["permissions": ["statuses": "read"]])
      for (path, method, permission) in [
        ("/repos/octo/app/commits/main/status", "GET", "statuses=read"),
        ("/repos/octo/app/statuses/\(client.sha)", "POST", "statuses=write"),
      ] {
        let answer = try await client.call(method, path, token: token, json: method == "POST" ? [:] : nil)
        #expect(answer.headers["X-Accepted-GitHub-Permissions"] == permission)
      }
    }
  }

  @Test func `A client without a name is turned away at the door`() async throws {
    try await GitHubClient.with { client in
      let answer = try await client.call("GET", "/rate_limit", headers: ["User-Agent": ""])
      #expect(answer.status == 403)
      #expect(
        String(decoding: answer.bytes, as: UTF8.self).contains(
          "make sure your request has a User-Agent header"))
    }
  }

  @Test func `The limit that is reached is that of the installation, not of one token`() async throws {
    try await GitHubClient.with(rateLimit: 2) { client in
      let tokens = try (1...3).map { _ in try client.github.makeToken(for: client.repository) }
      var answers: [GitHubClient.Answer] = []
      for token in tokens { answers.append(try await client.call("GET", "/repos/octo/app", token: token)) }
      #expect(answers.map(\.status) == [200, 200, 403])
      #expect(answers[2].message?.hasPrefix("API rate limit exceeded for installation ID ") == true)
      #expect(answers[2].headers["X-RateLimit-Remaining"] == "0")
      #expect(answers[2].headers["X-RateLimit-Resource"] == "core")
      let free = try await client.call("GET", "/rate_limit", token: tokens[0])
      #expect(free.json["resources"]?["core"]?["used"] == 2)
    }
  }
}
