import Crypto
import FakeGitHub
import HTTP
import Platform

/// A fake of its own, one private repository with a commit, and a plain HTTP client to talk to it.
struct GitHubClient: Sendable {
  let github: FakeGitHub
  let repository: FakeRepository
  /// The repository's first commit.
  let sha: String
  let http: HTTPClient

  /// One key for all tests: making one takes a tenth of a second.
  static let appKey = Result { try RSAPrivateKey.generate() }
  static let otherKey = Result { try RSAPrivateKey.generate() }

  static func with<T>(
    webhookURL: String? = nil, webhookSecret: String? = nil, webhookEvents: Set<String>? = nil,
    rateLimit: Int = 5_000, personalAccessToken: String? = nil, actions: ActionsOptions = ActionsOptions(),
    _ body: (GitHubClient) async throws -> T
  ) async throws -> T {
    var options = FakeGitHubOptions()
    options.appPrivateKeyPEM = try appKey.get().pem
    options.webhookURL = webhookURL
    options.webhookSecret = webhookSecret
    options.webhookEvents = webhookEvents ?? options.webhookEvents
    options.rateLimit = rateLimit
    options.personalAccessToken = personalAccessToken
    options.actions = actions
    let http = HTTPClient()
    let result = try await withFakeGitHub(options) { github in
      let repository = try await github.addRepository("octo/app")
      let sha = try await repository.commit(files: ["README.md": "# app\n"], message: "First")
      return try await body(
        GitHubClient(github: github, repository: repository, sha: sha, http: http))
    }
    await http.shutdown()
    return result
  }

  /// What was answered.
  struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let bytes: [UInt8]

    var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
    var message: String? { json["message"]?.string }
  }

  /// Asks the API. A path beginning with `http` is taken as a whole address.
  ///
  /// - Parameter onNewConnection: what breaks on a connection that was used before, a client may try again by itself.
  func call(
    _ method: String, _ path: String, token: String? = nil, json: JSONValue? = nil, body: HTTPBody = .empty,
    headers: HTTPHeaders = [:], onNewConnection: Bool = false
  ) async throws -> Answer {
    let url = path.hasPrefix("http") ? path : github.apiURL + path
    var headers = headers
    if let token { headers["Authorization"] = "Bearer \(token)" }
    let request = HTTPRequest(
      method, url, headers: headers, body: json.map { .bytes($0.bytes()) } ?? body)
    let client = onNewConnection ? HTTPClient() : http
    do {
      let response = try await client.send(request)
      let bytes = try await response.bytes(upTo: 8 << 20)
      if onNewConnection { await client.shutdown() }
      return Answer(status: response.status, headers: response.headers, bytes: bytes)
    } catch {
      if onNewConnection { await client.shutdown() }
      throw error
    }
  }

  /// The claims of a good App token, changed in a few places.
  static func jwt(
    appID: Int64 = 4_711, issuedSeconds: Int64 = -60, expiresSeconds: Int64 = 540,
    key: Result<RSAPrivateKey, any Error> = appKey
  ) throws -> String {
    let now = Timestamp.now().milliseconds / 1_000
    let claims: JSONValue = [
      "iss": .string(String(appID)), "iat": .integer(now + issuedSeconds),
      "exp": .integer(now + expiresSeconds),
    ]
    return try JWT.signRS256(claims, key: try key.get())
  }

  /// A token of the installation, made over the API as a driver does it.
  func token(_ body: JSONValue? = nil) async throws -> String {
    let jwt = try Self.jwt()
    let installation = try await call("GET", "/repos/octo/app/installation", token: jwt)
    let id = installation.json["id"]?.integer ?? 0
    let answer = try await call("POST", "/app/installations/\(id)/access_tokens", token: jwt, json: body)
    return answer.json["token"]?.string ?? ""
  }
}
