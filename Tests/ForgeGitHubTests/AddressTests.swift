import FakeGitHub
import Forge
import ForgeGitHub
import HTTP
import Platform
import TestSupport
import Testing

/// Where GitHub is: the public one, or an Enterprise Server.
@Suite(.fewAtOnce)
struct AddressTests {
  /// The API's base, what is configured for uploads, and where they go.
  @Test(
    "uploads have a base of their own, which the API's tells",
    arguments: [
      ("https://api.github.com", nil, "https://uploads.github.com"),
      ("https://api.github.com/", nil, "https://uploads.github.com"),
      ("https://git.example.org/api/v3", nil, "https://git.example.org/api/uploads"),
      ("https://git.example.org/api/v3/", nil, "https://git.example.org/api/uploads"),
      ("http://localhost:8000", nil, "http://localhost:8000"),
      ("https://git.example.org/api/v3", "https://up.example.org/u/", "https://up.example.org/u"),
    ] as [(String, String?, String)])
  func uploads(api: String, configured: String?, uploads: String) {
    let configuration = GitHubConfiguration(
      identity: .token("x"), webhookSecrets: [], apiURL: api, uploadsURL: configured,
      webURL: "https://git.example.org/")
    #expect(configuration.uploadsURL == uploads)
    #expect(!configuration.apiURL.hasSuffix("/"))
    #expect(configuration.webURL == "https://git.example.org")
  }

  /// Below what the fake's API stands.
  @Test(
    "an API at the root of its host and one below a path work alike", arguments: ["", "/api/v3", "/api/v3/"])
  func bases(path: String) async throws {
    try await withForge { harness in
      try await harness.repository.publishRelease(tag: "v1.0")
      let client = HTTPClient()
      let forge = GitHubForge(
        GitHubConfiguration(
          identity: .app(id: String(harness.github.appID), privateKey: try appKey.get()), webhookSecrets: [],
          apiURL: harness.github.webURL + path), client: client)
      try await forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: StatusTests.status)
      try await forge.uploadReleaseAsset(
        repository: "acme/widgets", tag: "v1.0", name: "a", content: .bytes([1]))
      #expect(try harness.repository.statuses(of: harness.sha).count == 1)
      #expect(try await harness.repository.assetContents("a", ofTag: "v1.0") == [1])
      await client.shutdown()
    }
  }

  /// A name, and what its asset is.
  @Test(
    "an asset of which nobody says what it is, is what its name says",
    arguments: [
      ("a.tar.gz", "application/gzip"), ("A.ZIP", "application/zip"), ("notes.txt", "text/plain"),
      ("a.b.json", "application/json"), ("widget", "application/octet-stream"),
      ("a.unknown", "application/octet-stream"), (".zip", "application/octet-stream"),
      ("a.", "application/octet-stream"),
    ])
  func contentType(name: String, type: String) async throws {
    try await withForge { harness in
      try await harness.repository.publishRelease(tag: "v1.0")
      try await harness.forge.uploadReleaseAsset(
        repository: "acme/widgets", tag: "v1.0", name: name, content: .bytes([1]))
      #expect(try harness.repository.releases.last?.assets.last?.contentType == type)
    }
  }
}
