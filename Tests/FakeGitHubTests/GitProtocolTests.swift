import FakeGitHub
import HTTP
import Platform
import TestKit
import TestSupport
import Testing

/// What real git does beyond a plain clone and push.
@Suite(.fewAtOnce) struct GitProtocolTests {
  /// A fake's repository with five commits a day apart, and a folder in which git runs.
  private struct Work: Sendable {
    let client: GitHubClient
    let folder: String
    let url: String

    func git(_ arguments: String..., environment: [String: String] = [:]) async throws -> ProcessResult {
      try await runProcess(
        "git", arguments,
        environment: isolatedGitEnvironment.merging(["HOME": folder]) { $1 }.merging(environment) { $1 },
        workingDirectory: folder)
    }

    func count(_ range: String = "HEAD", in copy: String = "copy") async throws -> String {
      try await git("-C", copy, "rev-list", "--count", range).outputText
    }
  }

  private func work(
    _ permissions: JSONValue = ["contents": "write"], _ body: (Work) async throws -> Void
  ) async throws {
    try await GitHubClient.with { client in
      try await withTemporaryDirectory { folder in
        let token = try await client.token(["permissions": permissions])
        let work = Work(client: client, folder: folder, url: Self.url(client.repository, token))
        _ = try await work.git(
          "clone", "-q", "--bare", Self.url(client.repository, try await client.token()), "seed")
        _ = try await work.git("clone", "-q", "seed", "full")
        for day in 1...4 {
          let date = [
            "GIT_COMMITTER_DATE": "2026-01-0\(day)T12:00:00Z", "GIT_AUTHOR_DATE": "2026-01-0\(day)T12:00:00Z",
          ]
          _ = try await work.git(
            "-C", "full", "commit", "-q", "--allow-empty", "-m", "Day \(day)", environment: date)
        }
        let push = try await work.git(
          "-C", "full", "push", "-q", Self.url(client.repository, try await client.token()), "HEAD:main")
        #expect(push.status.isSuccess, "\(push.errorText)")
        try await body(work)
      }
    }
  }

  private static func url(_ repository: FakeRepository, _ token: String) -> String {
    repository.cloneURL.replacing("http://", with: "http://x-access-token:\(token)@")
  }

  @Test(arguments: ["1", "2"]) func `The version that git asks for is spoken`(_ version: String) async throws
  {
    try await work { work in
      let clone = try await work.git(
        "-c", "protocol.version=\(version)", "clone", work.url, "copy", environment: ["GIT_TRACE_PACKET": "1"]
      )
      #expect(clone.status.isSuccess)
      #expect(clone.errorText.contains("< version \(version)"))
      #expect(work.client.github.requests.contains { $0.headers["Git-Protocol"] == "version=\(version)" })
    }
  }

  @Test func `A shallow clone is deepened`() async throws {
    try await work { work in
      let clone = try await work.git("clone", "-q", "--depth=1", work.url, "copy")
      #expect(clone.status.isSuccess, "\(clone.errorText)")
      #expect(try await work.count() == "1")
      #expect(try await work.git("-C", "copy", "fetch", "-q", "--deepen=2").status.isSuccess)
      #expect(try await work.count() == "3")
      #expect(try await work.git("-C", "copy", "fetch", "-q", "--unshallow").status.isSuccess)
      #expect(try await work.count() == "5")
    }
  }

  @Test func `A clone may reach back to a date`() async throws {
    try await work { work in
      let clone = try await work.git("clone", "-q", "--shallow-since=2026-01-03T00:00:00Z", work.url, "copy")
      #expect(clone.status.isSuccess, "\(clone.errorText)")
      // The first commit, made when the test began, lies behind the others and is not looked for.
      #expect(try await work.count() == "2")
    }
  }

  @Test func `A partial clone fetches blobs when it needs them`() async throws {
    try await work { work in
      let clone = try await work.git("clone", "-q", "--no-checkout", "--filter=blob:none", work.url, "copy")
      #expect(clone.status.isSuccess, "\(clone.errorText)")
      let missing = try await work.git("-C", "copy", "rev-list", "--objects", "--missing=print", "HEAD")
      #expect(missing.outputText.contains("?"))
      let checkout = try await work.git("-C", "copy", "checkout", "-q", "main")
      #expect(checkout.status.isSuccess, "\(checkout.errorText)")
      #expect(try await work.git("-C", "copy", "show", "HEAD:README.md").outputText == "# app")
    }
  }

  @Test func `Any commit is fetched by its sha, also one that is on no branch any more`() async throws {
    try await work { work in
      let old = try await work.git("-C", "full", "rev-parse", "HEAD~2").outputText
      let lost = try await work.git("-C", "full", "rev-parse", "HEAD").outputText
      let admin = Self.url(work.client.repository, try await work.client.token())
      #expect(try await work.git("-C", "full", "push", "-q", "-f", admin, "HEAD~1:main").status.isSuccess)
      _ = try await work.git("init", "-q", "copy")
      for sha in [old, lost] {
        let fetch = try await work.git("-C", "copy", "fetch", "-q", "--depth=1", work.url, sha)
        #expect(fetch.status.isSuccess, "\(fetch.errorText)")
      }
    }
  }

  @Test func `A long negotiation is compressed by git`() async throws {
    try await work { work in
      _ = try await work.git("clone", "-q", work.url, "copy")
      for number in 1...40 {
        _ = try await work.git("-C", "copy", "commit", "-q", "--allow-empty", "-m", "Own \(number)")
      }
      try await work.client.repository.commit(files: ["new": "1"])
      let fetch = try await work.git("-C", "copy", "fetch", "origin")
      #expect(fetch.status.isSuccess, "\(fetch.errorText)")
      #expect(
        work.client.github.requests.contains { $0.headers["Content-Encoding"] == "gzip" && $0.status == 200 })
    }
  }

  /// The permissions of a token, and what git says to a push; nothing when it goes through.
  @Test(
    arguments: [
      (["contents": "write"], nil), (["contents": "read"], "Write access to repository not granted."),
      (["statuses": "write"], "Repository not found."),
    ] as [(JSONValue, String?)])
  func `Pushing takes the permission to write contents`(_ permissions: JSONValue, _ message: String?)
    async throws
  {
    try await work(permissions) { work in
      let push = try await work.git("-C", "full", "push", work.url, "HEAD:refs/heads/topic")
      #expect(push.status.isSuccess == (message == nil), "\(push.errorText)")
      if let message { #expect(push.errorText.contains(message), "\(push.errorText)") }
      #expect((try await work.client.repository.sha(of: "topic") == nil) == (message != nil))
    }
  }

  @Test func `A token narrowed to one repository opens no other`() async throws {
    try await work { work in
      let other = try await work.client.github.addRepository("octo/other")
      try await other.commit(files: ["a": "1"])
      let token = try await work.client.token(["repositories": ["app"], "permissions": ["contents": "read"]])
      #expect(
        try await work.git("clone", "-q", Self.url(work.client.repository, token), "own").status.isSuccess)
      let foreign = try await work.git("clone", "-q", Self.url(other, token), "foreign")
      #expect(foreign.status == .exited(128))
      #expect(foreign.errorText.contains("not found"), "\(foreign.errorText)")
    }
  }

  @Test func `The refs of pull requests are GitHub's own`() async throws {
    try await work { work in
      let push = try await work.git("-C", "full", "push", work.url, "HEAD:refs/pull/7/head")
      #expect(!push.status.isSuccess)
      #expect(push.errorText.contains("hidden ref"), "\(push.errorText)")
    }
  }

  @Test func `A push that is cut off by a fault has not happened, or has happened`() async throws {
    try await work { work in
      for (fault, happened) in [(FakeGitHub.Fault.cut, false), (.cutAfterHandling, true)] {
        let branch = "cut-\(happened)"
        // What breaks on a connection that was used before, git tries once more by itself.
        work.client.github.plan(fault, method: "POST", path: "/octo/app.git/git-receive-pack", times: 2)
        let push = try await work.git("-C", "full", "push", work.url, "HEAD:refs/heads/\(branch)")
        #expect(!push.status.isSuccess)
        work.client.github.clearFaults()
        #expect((try await work.client.repository.sha(of: branch) != nil) == happened)
      }
    }
  }

  /// A request of the smart protocol or around it, and how it is refused.
  @Test(arguments: [
    ("/octo/app.git/info/refs?service=git-upload-pack", 401),
    ("/octo/none.git/info/refs?service=git-upload-pack", 401),
    ("/octo/app.git/info/refs", 403), ("/octo/app.git/info/refs?service=git-evil", 403),
    ("/octo/app.git/HEAD", 404),
    ("/octo/app.git/objects/info/packs", 404),
  ]) func `Who has no credentials is asked for them, and dumb HTTP is over`(
    _ path: String, _ status: Int
  ) async throws {
    try await GitHubClient.with { client in
      let answer = try await client.call("GET", client.github.webURL + path)
      #expect(answer.status == status)
      if status == 401 { #expect(answer.headers["WWW-Authenticate"] == "Basic realm=\"GitHub\"") }
    }
  }
}
