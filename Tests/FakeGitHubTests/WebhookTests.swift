import FakeGitHub
import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct WebhookTests {
  private func withHook(
    events: Set<String>? = nil, status: Int = 202,
    _ body: (GitHubClient, WebhookReceiver) async throws -> Void
  ) async throws {
    try await WebhookReceiver.with(status: status) { receiver in
      try await GitHubClient.with(
        webhookURL: receiver.url, webhookSecret: "a secret", webhookEvents: events
      ) { client in
        try await body(client, receiver)
      }
    }
  }

  @Test func `A push is signed, numbered and answered`() async throws {
    try await withHook { client, receiver in
      let push = try await client.repository.push(files: ["a.txt": "1"], message: "Second")
      #expect(push.delivery?.status == 202)
      #expect(push.delivery?.responseText == "got it")
      let received = try #require(try await receiver.deliveries("push").first)
      #expect(received.isSigned(with: "a secret"))
      #expect(!received.isSigned(with: "another"))
      #expect(received.headers["X-GitHub-Delivery"] == push.delivery?.guid)
      #expect(received.headers["User-Agent"]?.hasPrefix("GitHub-Hookshot/") == true)
      let payload = received.json
      #expect(payload["ref"]?.string == "refs/heads/main")
      #expect(payload["before"]?.string == client.sha)
      #expect(payload["after"]?.string == push.sha)
      #expect(payload["head_commit"]?["added"] == ["a.txt"])
      #expect(payload["installation"]?["id"]?.integer != nil)
    }
  }

  @Test func `A new branch is pushed and created`() async throws {
    try await withHook { client, receiver in
      try await client.repository.push(files: ["b": "1"], branch: "feature/x")
      let push = try #require(try await receiver.deliveries("push").first).json
      #expect(push["created"] == true)
      #expect(push["before"]?.string == String(repeating: "0", count: 40))
      #expect(push["commits"]?.array?.count == 1)
      let create = try #require(try await receiver.deliveries("create").first).json
      #expect(create["ref"]?.string == "feature/x")
      #expect(create["ref_type"]?.string == "branch")
    }
  }

  @Test(arguments: [nil, "Release one"]) func `A tag is pushed with the commit it stands for`(
    _ message: String?
  ) async throws {
    try await withHook { client, receiver in
      try await client.repository.pushTag("v1", at: client.sha, message: message)
      let push = try #require(try await receiver.deliveries("push").first).json
      #expect(push["ref"]?.string == "refs/tags/v1")
      #expect(push["head_commit"]?["id"]?.string == client.sha)
      #expect((push["after"]?.string == client.sha) == (message == nil))
    }
  }

  @Test func `A deleted branch is a push to nothing`() async throws {
    try await withHook { client, receiver in
      try await client.repository.commit(files: ["b": "1"], branch: "topic")
      try await client.repository.pushDeletion(of: "heads/topic")
      let push = try #require(try await receiver.deliveries("push").first).json
      #expect(push["deleted"] == true)
      #expect(push["after"]?.string == String(repeating: "0", count: 40))
      #expect(push["head_commit"]?.isNull == true)
    }
  }

  @Test func `A pull request has a merge ref, and none when it conflicts`() async throws {
    try await withHook { client, receiver in
      let repository = client.repository
      try await repository.commit(files: ["b": "1\n"], branch: "topic")
      let opened = try await repository.openPullRequest(head: "topic")
      #expect(try await repository.sha(of: "pull/1/head") == opened.headSHA)
      #expect(try await repository.sha(of: "pull/1/merge") == opened.mergeSHA)
      let event = try #require(try await receiver.deliveries("pull_request").first).json
      #expect(event["action"]?.string == "opened")
      #expect(event["pull_request"]?["head"]?["sha"]?.string == opened.headSHA)
      try await repository.commit(files: ["b": "2\n"], branch: "topic")
      try await repository.commit(files: ["b": "3\n"])
      let moved = try await repository.synchronizePullRequest(1)
      #expect(moved.mergeSHA == nil)
      #expect(try await repository.sha(of: "pull/1/merge") == nil)
      let second = try await receiver.deliveries("pull_request", count: 2)[1].json
      #expect(second["before"]?.string == opened.headSHA)
      #expect(second["after"]?.string == moved.headSHA)
    }
  }

  @Test func `A pull request from a fork names the fork`() async throws {
    try await withHook { client, receiver in
      let fork = try await client.github.addFork(of: client.repository, owner: "visitor")
      try await fork.commit(files: ["b": "1"], branch: "idea")
      let pull = try await client.repository.openPullRequest(
        head: "idea", fromFork: fork, author: "visitor")
      let event = try #require(try await receiver.deliveries("pull_request").first).json
      let head = event["pull_request"]?["head"]
      #expect(head?["repo"]?["full_name"]?.string == "visitor/app")
      #expect(head?["repo"]?["fork"] == true)
      #expect(try await client.repository.sha(of: "pull/1/head") == pull.headSHA)
    }
  }

  @Test func `A redelivery has the same id and bytes, and is another attempt`() async throws {
    try await withHook(status: 500) { client, receiver in
      let first = try #require(try await client.repository.push(files: ["a": "1"]).delivery)
      #expect(first.status == 500)
      let again = try await client.github.redeliver(first.id)
      #expect(again.guid == first.guid)
      #expect(again.id != first.id)
      #expect(again.isRedelivery)
      let both = try await receiver.deliveries("push", count: 2)
      #expect(both[0].body == both[1].body)
      #expect(both[0].headers["X-GitHub-Delivery"] == both[1].headers["X-GitHub-Delivery"])
    }
  }

  @Test func `The App lists its deliveries and asks for another attempt`() async throws {
    try await withHook(events: ["push"]) { client, receiver in
      try await client.repository.push(files: ["a": "1"])
      let jwt = try GitHubClient.jwt()
      let list = try await client.call("GET", "/app/hook/deliveries", token: jwt)
      let id = try #require(list.json[0]?["id"]?.integer)
      let one = try await client.call("GET", "/app/hook/deliveries/\(id)", token: jwt)
      #expect(one.json["response"]?["payload"]?.string == "got it")
      let attempt = try await client.call("POST", "/app/hook/deliveries/\(id)/attempts", token: jwt)
      #expect(attempt.status == 202)
      _ = try await receiver.deliveries("push", count: 2)
    }
  }

  @Test func `The log of deliveries is read page by page, newest first`() async throws {
    try await withHook(events: ["push"]) { client, _ in
      for number in 1...5 { try await client.repository.push(files: ["a": "\(number)"]) }
      let jwt = try GitHubClient.jwt()
      var path = "/app/hook/deliveries?per_page=2"
      var seen: [Int64] = []
      var pages = 0
      while true {
        let page = try await client.call("GET", path, token: jwt)
        seen += page.json.array?.compactMap { $0["id"]?.integer } ?? []
        pages += 1
        guard let link = page.headers["Link"] else { break }
        path = try #require(link.split(separator: ">").first.map { String($0.dropFirst()) })
      }
      #expect(pages == 3)
      #expect(seen == client.github.deliveries.map(\.id).reversed())
      let nonsense = try await client.call("GET", "/app/hook/deliveries?cursor=page-2", token: jwt)
      #expect(nonsense.status == 400)
    }
  }

  /// Who may not see the App's deliveries: everybody but the App itself.
  @Test(arguments: ["/app/hook/deliveries", "/app/hook/deliveries/1", "/app/hook/deliveries/1/attempts"])
  func `Only the App itself sees its deliveries`(_ path: String) async throws {
    try await withHook { client, _ in
      let method = path.hasSuffix("attempts") ? "POST" : "GET"
      for token in [nil, try await client.token()] {
        let answer = try await client.call(method, path, token: token)
        #expect(answer.status == 401)
        #expect(answer.message == "A JSON web token could not be decoded")
      }
    }
  }

  @Test func `A receiver that is not there is a failed delivery`() async throws {
    // Port 1 on loopback: nobody listens there.
    try await GitHubClient.with(webhookURL: "http://127.0.0.1:1/webhooks") { client in
      let push = try await client.repository.push(files: ["a": "1"])
      #expect(push.delivery?.status == nil)
      #expect(push.delivery?.failure != nil)
    }
  }

  @Test func `Only the events that were asked for are sent`() async throws {
    try await withHook(events: ["release"]) { client, receiver in
      #expect(try await client.repository.push(files: ["a": "1"]).delivery == nil)
      try await client.repository.publishRelease(tag: "v1")
      await client.github.ping()
      let events = receiver.received.withLock { all in all.map { $0.headers["X-GitHub-Event"] } }
      #expect(events == ["release", "release", "release", "ping"])
    }
  }
}
