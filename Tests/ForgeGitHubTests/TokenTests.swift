import Crypto
import FakeGitHub
import Forge
import ForgeGitHub
import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce)
struct TokenTests {
  static let status = CommitStatus(state: .pending, context: "mise-ci", description: "Waiting")

  @Test("many at once share one token, and those after them too")
  func shared() async throws {
    try await withForge { harness in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 {
          group.addTask {
            try await harness.forge.updateStatus(
              repository: "acme/widgets", sha: harness.sha, status: Self.status)
          }
        }
        try await group.waitForAll()
      }
      try await harness.forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: Self.status)
      #expect(try harness.repository.statuses(of: harness.sha).count == 21)
      #expect(harness.tokenRequests == 1)
      #expect(harness.requests("GET", "/repos/acme/widgets/installation").count == 1)
    }
  }

  @Test("repositories of one installation share its token")
  func installation() async throws {
    try await withForge { harness in
      let second = try await harness.github.addRepository("acme/gadgets")
      let sha = try await second.commit(files: ["README": "Gadgets."])
      try await harness.forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: Self.status)
      try await harness.forge.updateStatus(repository: "acme/gadgets", sha: sha, status: Self.status)
      #expect(harness.tokenRequests == 1)
    }
  }

  @Test("a token is renewed before its end", arguments: [(3_600, 1), (Int64(200), 2)])
  func renewal(tokenSeconds: Int64, expectedRequests: Int) async throws {
    try await withForge(tokenSeconds: tokenSeconds) { harness in
      for _ in 0..<2 {
        try await harness.forge.updateStatus(
          repository: "acme/widgets", sha: harness.sha, status: Self.status)
      }
      #expect(harness.tokenRequests == expectedRequests)
    }
  }

  @Test("a token that is not accepted any more is renewed once, unseen")
  func expired() async throws {
    try await withForge { harness in
      try await harness.forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: Self.status)
      harness.github.expireTokens()
      try await harness.forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: Self.status)
      #expect(harness.tokenRequests == 2)
    }
  }

  @Test("credentials that are never accepted are tried twice, not for ever")
  func unauthorized() async throws {
    try await withForge { harness in
      harness.github.plan(
        .respond(status: 401, body: #"{"message":"Bad credentials"}"#), method: "POST", pathPrefix: "/repos/",
        times: 9)
      let code = await refusal {
        try await harness.forge.updateStatus(
          repository: "acme/widgets", sha: harness.sha, status: Self.status)
      }
      #expect(code == .unauthorized)
      #expect(harness.requests("POST", "/repos/").count == 2)
      #expect(harness.tokenRequests == 2)
    }
  }

  @Test("a failed request for a token is not remembered")
  func failedOnce() async throws {
    try await withForge { harness in
      harness.github.plan(.respond(status: 502), method: "POST", pathPrefix: "/app/installations", times: 3)
      let update = {
        try await harness.forge.updateStatus(
          repository: "acme/widgets", sha: harness.sha, status: Self.status)
      }
      #expect(await refusal(update) == .unavailable)
      #expect(await refusal(update) == nil)
    }
  }

  @Test("an app with another key is not accepted")
  func wrongKey() async throws {
    let identity = GitHubConfiguration.Identity.app(id: "4711", privateKey: try RSAPrivateKey.generate())
    try await withForge(identity: identity) { harness in
      let code = await refusal {
        try await harness.forge.updateStatus(
          repository: "acme/widgets", sha: harness.sha, status: Self.status)
      }
      #expect(code == .unauthorized)
      // The clocks are together, so that was not why.
      #expect(harness.requests("GET", "/repos/acme/widgets/installation").count == 1)
    }
  }

  /// How far our clock is from GitHub's, and how often the app's own token is tried at first.
  @Test(
    "a clock that is a little wrong is tolerated, and one that is very wrong is made good for by GitHub's",
    arguments: [(0, 1), (50, 1), (-480, 1), (600, 2), (86_400, 2), (-1_200, 2), (-86_400, 2)]
      as [(Int64, Int)])
  func skewed(skewSeconds: Int64, tries: Int) async throws {
    try await withForge(skewSeconds: skewSeconds) { harness in
      for _ in 0..<2 {
        try await harness.forge.updateStatus(
          repository: "acme/widgets", sha: harness.sha, status: Self.status)
      }
      #expect(harness.requests("GET", "/repos/acme/widgets/installation").count == tries)
      // Once is enough: then its tokens are made and renewed by GitHub's clock.
      #expect(harness.tokenRequests == 1)
      _ = try await harness.forge.failedDeliveries(since: Timestamp(milliseconds: 0))
      #expect(harness.requests("GET", "/app/hook/deliveries").count == 1)
    }
  }

  @Test("an app that was installed anew is found by its new number")
  func reinstalled() async throws {
    try await withForge { harness in
      try await harness.forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: Self.status)
      harness.github.expireTokens()
      // What was removed is not found under its old number.
      harness.github.plan(.respond(status: 404), method: "POST", pathPrefix: "/app/installations/")
      try await harness.forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: Self.status)
      #expect(try harness.repository.statuses(of: harness.sha).count == 2)
      #expect(harness.requests("GET", "/repos/acme/widgets/installation").count == 2)
    }
  }

  @Test("a key may be written in either of two forms", arguments: [true, false])
  func keyForms(isPKCS1: Bool) async throws {
    let key = try appKey.get()
    let read = try RSAPrivateKey(pem: isPKCS1 ? key.pkcs1PEM : key.pem)
    try await withForge(identity: .app(id: "4711", privateKey: read)) { harness in
      try await harness.forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: Self.status)
    }
  }

  @Test("a plain token is used as it is")
  func plainToken() async throws {
    try await withForge(personalAccessToken: "ghp_plain", identity: .token("ghp_plain")) { harness in
      try await harness.forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: Self.status)
      let credentials = try await harness.forge.cloneCredentials(repository: "acme/widgets")
      #expect(credentials.username == "x-access-token")
      #expect(credentials.password == "ghp_plain")
      #expect(credentials.expiresAt == nil)
      #expect(harness.tokenRequests == 0)
    }
  }

  @Test("clone credentials read their repository, and nothing else")
  func narrowed() async throws {
    try await withForge { harness in
      try await harness.github.addRepository("acme/gadgets")
      let credentials = try await harness.forge.cloneCredentials(repository: "acme/widgets")
      #expect(credentials.username == "x-access-token")
      let expiresAt = try #require(credentials.expiresAt)
      #expect(expiresAt > .now())
      #expect(!"\(credentials)".contains(credentials.password))

      let client = HTTPClient()
      let basic = Base64.encode(Array("\(credentials.username):\(credentials.password)".utf8))
      func status(ofRefsIn repository: String) async throws -> Int {
        try await client.send(
          HTTPRequest(
            "GET", "\(harness.github.webURL)/\(repository).git/info/refs?service=git-upload-pack",
            headers: ["Authorization": "Basic \(basic)"])
        ).status
      }
      #expect(try await status(ofRefsIn: "acme/widgets") == 200)
      #expect(try await status(ofRefsIn: "acme/gadgets") != 200)
      let write = try await client.send(
        HTTPRequest(
          "POST", "\(harness.github.apiURL)/repos/acme/widgets/statuses/\(harness.sha)",
          headers: ["Authorization": "Bearer \(credentials.password)"], body: .text(#"{"state":"success"}"#)))
      #expect(write.status == 403)
      await client.shutdown()
    }
  }
}
