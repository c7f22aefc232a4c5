import Crypto
import FakeGitHub
import Forge
import ForgeGitHub
import HTTP

/// The driver, the fake that it talks to over real HTTP, and a repository there.
struct ForgeHarness {
  let github: FakeGitHub
  let repository: FakeRepository
  let forge: GitHubForge
  /// A commit of the repository.
  let sha: String

  /// Requests so far whose path, without the API's base, begins with this.
  func requests(_ method: String, _ pathPrefix: String) -> [FakeGitHub.RecordedRequest] {
    github.requests.filter { $0.method == method && $0.path.hasPrefix("/api/v3" + pathPrefix) }
  }

  var tokenRequests: Int { requests("POST", "/app/installations/").count }
}

/// One key for all fakes here: making one takes its time.
private let appKey = Result { try RSAPrivateKey.generate() }

func withForge(
  tokenSeconds: Int64 = 3_600, personalAccessToken: String? = nil,
  identity: GitHubConfiguration.Identity? = nil,
  _ body: (ForgeHarness) async throws -> Void
) async throws {
  let key = try appKey.get()
  var options = FakeGitHubOptions()
  options.appPrivateKeyPEM = try key.pkcs1PEM
  options.tokenSeconds = tokenSeconds
  options.personalAccessToken = personalAccessToken
  try await withFakeGitHub(options) { github in
    let repository = try await github.addRepository("acme/widgets")
    let sha = try await repository.commit(files: ["README": "Widgets."])
    let client = HTTPClient()
    let configuration = GitHubConfiguration(
      identity: identity ?? .app(id: String(github.appID), privateKey: key), webhookSecrets: [],
      apiURL: github.apiURL, uploadsURL: github.uploadsURL)
    let forge = GitHubForge(configuration, client: client)
    do {
      try await body(ForgeHarness(github: github, repository: repository, forge: forge, sha: sha))
    } catch {
      await client.shutdown()
      throw error
    }
    await client.shutdown()
  }
}
