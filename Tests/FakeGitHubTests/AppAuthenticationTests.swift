import Crypto
import FakeGitHub
import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct AppAuthenticationTests {
  /// A token that GitHub refuses, and what it says.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let what: String
    let status: Int
    let message: String
    let token: @Sendable () throws -> String

    var testDescription: String { what }
  }

  static let refusals: [Refusal] = [
    Refusal(
      what: "expired", status: 401,
      message:
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
    ) { try GitHubClient.jwt(issuedSeconds: -700, expiresSeconds: -100) },
    Refusal(
      what: "longer than ten minutes", status: 401,
      message: "'Expiration time' claim ('exp') is too far in the future"
    ) { try GitHubClient.jwt(expiresSeconds: 700) },
    Refusal(
      what: "issued in the future", status: 401,
      message:
        "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
    ) { try GitHubClient.jwt(issuedSeconds: 120) },
    Refusal(
      what: "another key", status: 401, message: "A JSON web token could not be decoded"
    ) { try GitHubClient.jwt(key: GitHubClient.otherKey) },
    Refusal(what: "another App", status: 404, message: "Integration not found") {
      try GitHubClient.jwt(appID: 1)
    },
    Refusal(what: "HS256 with the public key", status: 401, message: "A JSON web token could not be decoded")
    {
      let now = Timestamp.now().milliseconds / 1_000
      let claims: JSONValue = ["iss": "4711", "iat": .integer(now - 60), "exp": .integer(now + 60)]
      return try JWT.signHS256(claims, secret: Array(try GitHubClient.appKey.get().publicKey.pem.utf8))
    },
    Refusal(what: "alg none", status: 401, message: "A JSON web token could not be decoded") {
      let parts = try GitHubClient.jwt().split(separator: ".")
      return "\(Base64URL.encode(Array(#"{"alg":"none"}"#.utf8))).\(parts[1])."
    },
    Refusal(what: "changed claims", status: 401, message: "A JSON web token could not be decoded") {
      let good = try GitHubClient.jwt().split(separator: ".")
      let other = try GitHubClient.jwt(expiresSeconds: 100).split(separator: ".")
      return "\(good[0]).\(other[1]).\(good[2])"
    },
    Refusal(what: "no token at all", status: 401, message: "Bad credentials") { "nonsense" },
  ]

  @Test(arguments: refusals) func `A bad App token is refused`(_ refusal: Refusal) async throws {
    try await GitHubClient.with { client in
      let answer = try await client.call("GET", "/app", token: try refusal.token())
      #expect(answer.status == refusal.status)
      #expect(answer.message == refusal.message)
      #expect(answer.json["documentation_url"]?.string != nil)
    }
  }

  @Test func `A good App token names the App and its installation`() async throws {
    try await GitHubClient.with { client in
      let jwt = try GitHubClient.jwt()
      let app = try await client.call("GET", "/app", token: jwt)
      #expect(app.json["id"]?.integer == 4_711)
      let installation = try await client.call("GET", "/repos/octo/app/installation", token: jwt)
      #expect(installation.status == 200)
      #expect(installation.json["account"]?["login"]?.string == "octo")
    }
  }

  @Test func `A repository without the App has no installation`() async throws {
    try await GitHubClient.with { client in
      _ = try await client.github.addRepository("octo/other", isInstalled: false)
      let answer = try await client.call(
        "GET", "/repos/octo/other/installation", token: try GitHubClient.jwt())
      #expect(answer.status == 404)
    }
  }

  @Test func `An installation's token is no App token`() async throws {
    try await GitHubClient.with { client in
      let answer = try await client.call("GET", "/app", token: try await client.token())
      #expect(answer.status == 401)
      #expect(answer.message == "A JSON web token could not be decoded")
    }
  }

  /// What a request for a token asks for, and its answer.
  static let narrowings: [(JSONValue, Int)] = [
    ([:], 201),
    (["repositories": ["app"], "permissions": ["contents": "read"]], 201),
    (["repositories": ["unknown"]], 422),
    (["repositories": []], 422),
    (["permissions": ["administration": "read"]], 422),
    (["permissions": ["statuses": "admin"]], 422),
  ]

  @Test(arguments: narrowings) func `A token's request may narrow, not widen`(
    _ body: JSONValue, _ status: Int
  ) async throws {
    try await GitHubClient.with { client in
      let jwt = try GitHubClient.jwt()
      let id = try await client.call("GET", "/repos/octo/app/installation", token: jwt).json["id"]?.integer
      let answer = try await client.call(
        "POST", "/app/installations/\(id ?? 0)/access_tokens", token: jwt, json: body)
      #expect(answer.status == status)
    }
  }

  @Test func `An expired token is a bad credential`() async throws {
    try await GitHubClient.with { client in
      let token = try client.github.makeToken(for: client.repository, lifetimeSeconds: -1)
      let answer = try await client.call("GET", "/repos/octo/app", token: token)
      #expect(answer.status == 401)
      #expect(answer.message == "Bad credentials")
    }
  }

  @Test func `A token for one repository does not see another`() async throws {
    try await GitHubClient.with { client in
      _ = try await client.github.addRepository("octo/other")
      let token = try await client.token(["repositories": ["app"]])
      #expect(try await client.call("GET", "/repos/octo/app", token: token).status == 200)
      #expect(try await client.call("GET", "/repos/octo/other", token: token).status == 404)
      let list = try await client.call("GET", "/installation/repositories", token: token)
      #expect(list.json["total_count"]?.integer == 1)
    }
  }
}
