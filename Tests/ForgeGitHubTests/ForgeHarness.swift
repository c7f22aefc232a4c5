import Crypto
import FakeGitHub
import Forge
import ForgeGitHub
import HTTP
import Platform
import TestSupport

/// The driver, the fake that it talks to over real HTTP, and a repository there.
struct ForgeHarness {
  let github: FakeGitHub
  let repository: FakeRepository
  let forge: GitHubForge
  /// Another driver with the same configuration, which remembers nothing.
  let anotherForge: @Sendable () -> GitHubForge
  /// A commit of the repository.
  let sha: String
  /// How far the driver's clock is from the real one, which is GitHub's, in seconds.
  let skewSeconds: Watched<Int64>

  /// Requests so far whose path, without the API's base, begins with this.
  func requests(_ method: String, _ pathPrefix: String) -> [FakeGitHub.RecordedRequest] {
    github.requests.filter { $0.method == method && $0.path.hasPrefix("/api/v3" + pathPrefix) }
  }

  var tokenRequests: Int { requests("POST", "/app/installations/").count }

  /// Lets the driver's time pass, in which limits end.
  func pass(seconds: Int64) { skewSeconds.withLock { $0 += seconds } }
}

/// One key for all fakes here: making one takes its time.
let appKey = Result { try RSAPrivateKey.generate() }

func withForge(
  tokenSeconds: Int64 = 3_600, personalAccessToken: String? = nil,
  identity: GitHubConfiguration.Identity? = nil, skewSeconds: Int64 = 0, requestSeconds: Double = 30,
  change: (inout FakeGitHubOptions) -> Void = { _ in },
  _ body: (ForgeHarness) async throws -> Void
) async throws {
  let key = try appKey.get()
  var options = FakeGitHubOptions()
  options.appPrivateKeyPEM = try key.pkcs1PEM
  options.tokenSeconds = tokenSeconds
  options.personalAccessToken = personalAccessToken
  change(&options)
  try await withFakeGitHub(options) { github in
    let repository = try await github.addRepository("acme/widgets")
    let sha = try await repository.commit(files: ["README": "Widgets."])
    let client = HTTPClient()
    var configuration = GitHubConfiguration(
      identity: identity ?? .app(id: String(github.appID), privateKey: key), webhookSecrets: [],
      apiURL: github.apiURL, uploadsURL: github.uploadsURL)
    configuration.requestSeconds = requestSeconds
    let skew = Watched(skewSeconds)
    let makeForge = { @Sendable [configuration] in
      GitHubForge(
        configuration, client: client,
        now: { Timestamp(milliseconds: Timestamp.now().milliseconds + skew.withLock { $0 } * 1_000) },
        pause: { _ in })
    }
    do {
      try await body(
        ForgeHarness(
          github: github, repository: repository, forge: makeForge(), anotherForge: makeForge,
          sha: sha, skewSeconds: skew))
    } catch {
      await client.shutdown()
      throw error
    }
    await client.shutdown()
  }
}
