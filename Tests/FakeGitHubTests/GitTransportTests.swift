import FakeGitHub
import HTTP
import Platform
import TestKit
import TestSupport
import Testing

@Suite(.fewAtOnce) struct GitTransportTests {
  private func git(_ arguments: [String], in folder: String) async throws -> ProcessResult {
    try await runProcess(
      "git", arguments, environment: isolatedGitEnvironment.merging(["HOME": folder]) { $1 },
      workingDirectory: folder)
  }

  private func url(_ client: GitHubClient, token: String) -> String {
    let scheme = "http://"
    return "\(scheme)x-access-token:\(token)@\(client.repository.cloneURL.dropFirst(scheme.count))"
  }

  @Test(arguments: ["0", "1", "2"]) func `A clone works in each version of the protocol`(
    _ version: String
  ) async throws {
    try await GitHubClient.with { client in
      try await withTemporaryDirectory { folder in
        let token = try await client.token(["permissions": ["contents": "read"]])
        let clone = try await git(
          ["-c", "protocol.version=\(version)", "clone", url(client, token: token), "copy"], in: folder)
        #expect(clone.status.isSuccess, "\(clone.errorText)")
        let head = try await git(["-C", "copy", "rev-parse", "HEAD"], in: folder)
        #expect(head.outputText == client.sha)
      }
    }
  }

  /// Who clones, and what git says.
  @Test(arguments: [
    ("", "could not read Username"), ("x:wrong@", "Authentication failed"), ("OTHER", "not found"),
  ]) func `A private repository is closed to others`(_ user: String, _ text: String) async throws {
    try await GitHubClient.with { client in
      try await withTemporaryDirectory { folder in
        let other = try await client.github.addRepository("else/where")
        let token = try client.github.makeToken(for: other)
        let prefix = user == "OTHER" ? "x:\(token)@" : user
        let address = client.repository.cloneURL.replacing("http://", with: "http://\(prefix)")
        let clone = try await git(["clone", address, "copy"], in: folder)
        #expect(clone.status == .exited(128))
        #expect(clone.errorText.contains(text), "\(clone.errorText)")
      }
    }
  }

  @Test func `A public repository is open to everybody, for reading`() async throws {
    try await GitHubClient.with { client in
      try await withTemporaryDirectory { folder in
        let open = try await client.github.addRepository("octo/open", isPrivate: false)
        try await open.commit(files: ["a": "1"])
        #expect(try await git(["clone", open.cloneURL, "copy"], in: folder).status.isSuccess)
        let push = try await git(["-C", "copy", "push", "origin", "HEAD:refs/heads/x"], in: folder)
        #expect(push.status == .exited(128))
      }
    }
  }

  @Test func `A commit is fetched by its sha, a pull request by its merge ref`() async throws {
    try await GitHubClient.with { client in
      try await withTemporaryDirectory { folder in
        try await client.repository.commit(files: ["b": "1"], branch: "topic")
        let pull = try await client.repository.openPullRequest(head: "topic")
        let address = url(client, token: try await client.token())
        _ = try await git(["init", "-q", "copy"], in: folder)
        for want in [client.sha, "refs/pull/1/merge"] {
          let fetch = try await git(
            ["-C", "copy", "fetch", "--quiet", "--depth=1", address, want], in: folder)
          #expect(fetch.status.isSuccess, "\(fetch.errorText)")
        }
        let merge = try await git(["-C", "copy", "rev-parse", "FETCH_HEAD"], in: folder)
        #expect(merge.outputText == pull.mergeSHA)
      }
    }
  }

  @Test func `A real push changes the repository and sends its webhook`() async throws {
    try await WebhookReceiver.with { receiver in
      try await GitHubClient.with(webhookURL: receiver.url) { client in
        try await withTemporaryDirectory { folder in
          let address = url(client, token: try await client.token())
          _ = try await git(["clone", "-q", address, "copy"], in: folder)
          // Past the size that git sends in one piece: this goes out chunked.
          let block = String(repeating: "0123456789abcdef", count: 4_096)
          let text = (0..<48).map { "\($0 * 7_919)\(block)" }.joined()
          try await write(text, to: "\(folder)/copy/big.txt")
          _ = try await git(["-C", "copy", "add", "."], in: folder)
          _ = try await git(["-C", "copy", "commit", "-qm", "Big"], in: folder)
          let push = try await git(
            ["-C", "copy", "-c", "http.postBuffer=4096", "push", "origin", "HEAD:main", "HEAD:refs/tags/v1"],
            in: folder)
          #expect(push.status.isSuccess, "\(push.errorText)")
          let head = try await git(["-C", "copy", "rev-parse", "HEAD"], in: folder).outputText
          #expect(try await client.repository.sha(of: "main") == head)
          let events = try await receiver.deliveries("push", count: 2).map(\.json)
          #expect(events.map { $0["ref"]?.string } == ["refs/heads/main", "refs/tags/v1"])
          #expect(events.allSatisfy { $0["after"]?.string == head })
        }
      }
    }
  }

  @Test func `A token that may only read cannot push`() async throws {
    try await GitHubClient.with { client in
      try await withTemporaryDirectory { folder in
        let token = try await client.token(["permissions": ["contents": "read"]])
        _ = try await git(["clone", "-q", url(client, token: token), "copy"], in: folder)
        let push = try await git(["-C", "copy", "push", "origin", "HEAD:refs/heads/x"], in: folder)
        #expect(push.status == .exited(128))
        #expect(push.errorText.contains("403"))
        #expect(try await client.repository.sha(of: "x") == nil)
      }
    }
  }

  @Test func `A folder that somebody works in is served as it lies there`() async throws {
    try await withTemporaryDirectory { folder in
      _ = try await git(["init", "-q", "-b", "trunk", "work"], in: folder)
      try await write("1", to: "\(folder)/work/a.txt")
      _ = try await git(["-C", "work", "add", "."], in: folder)
      _ = try await git(["-C", "work", "commit", "-qm", "One"], in: folder)
      let head = try await git(["-C", "work", "rev-parse", "HEAD"], in: folder).outputText
      try await GitHubClient.with { client in
        let served = try await client.github.addRepository("octo/work", path: "\(folder)/work")
        #expect(try served.defaultBranch == "trunk")
        #expect(try await served.sha(of: "trunk") == head)
        let answer = try await client.call(
          "GET", "/repos/octo/work/commits/trunk", token: try await client.token())
        #expect(answer.json["commit"]?["message"]?.string == "One")
      }
    }
  }

  private func write(_ text: String, to path: String) async throws {
    let result = try await runProcess("sh", ["-c", "cat > \"$0\"", path], input: Array(text.utf8))
    #expect(result.status.isSuccess)
  }
}
