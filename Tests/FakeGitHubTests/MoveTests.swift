import FakeGitHub
import HTTP
import Platform
import TestSupport
import Testing

/// Repositories that get another name, and installations that come and go.
@Suite(.fewAtOnce) struct MoveTests {
  /// A request by the former name, and how it is sent on.
  @Test(arguments: [("GET", "", 301), ("GET", "/commits/main?x=1", 301), ("POST", "/statuses/SHA", 307)])
  func `A former name is sent on to where the repository is now`(
    _ method: String, _ path: String, _ status: Int
  ) async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      let moved = try await client.repository.rename("renamed")
      #expect(moved.fullName == "octo/renamed")
      let path = path.replacing("SHA", with: client.sha)
      let url = client.github.apiURL + "/repos/octo/app" + path
      let request = HTTPRequest(
        method, url, headers: ["Authorization": "Bearer \(token)"],
        body: method == "POST" ? .text(#"{"state":"success"}"#) : .empty)
      let answer = try await client.http.send(request)
      #expect(answer.status == status)
      let place = try #require(answer.headers["Location"])
      #expect(place.contains("/api/v3/repositories/") && place.hasSuffix(path))
      let there = try await client.call(
        method, place, token: token, json: method == "POST" ? ["state": "success"] : nil)
      #expect(there.status == (method == "POST" ? 201 : 200))
      // To those who may not see it, it never was there.
      #expect(try await client.call(method, "/repos/octo/app" + path).status == 404)
    }
  }

  @Test func `Git follows a former name`() async throws {
    try await GitHubClient.with { client in
      let former = client.repository.cloneURL
      let moved = try await client.repository.transfer(to: "other")
      let token = try client.github.makeToken(for: moved)
      try await withTemporaryDirectory(prefix: "moved") { folder in
        let url = former.replacing("http://", with: "http://x-access-token:\(token)@")
        let clone = try await runProcess("git", ["clone", "--quiet", url, "\(folder)/clone"])
        #expect(clone.status.code == 0, "\(clone.errorText)")
      }
    }
  }

  @Test func `The App hears of what happens to its installation, whatever it subscribes to`() async throws {
    try await WebhookReceiver.with { receiver in
      try await GitHubClient.with(webhookURL: receiver.url, webhookEvents: []) { client in
        let github = client.github
        let token = try await client.token()
        try await github.suspendInstallation(on: "octo")
        #expect(try await client.call("GET", "/repos/octo/app", token: token).status == 403)
        try await github.resumeInstallation(on: "octo")
        #expect(try await client.call("GET", "/repos/octo/app", token: token).status == 200)
        try await client.repository.removeFromInstallation()
        #expect(try await client.call("GET", "/repos/octo/app", token: token).status == 404)
        try await client.repository.addToInstallation()
        try await github.deleteInstallation(on: "octo")
        #expect(try await client.call("GET", "/repos/octo/app", token: token).status == 401)
        try await github.install(on: "octo", repositories: ["app"])
        #expect(
          try await client.call("GET", "/repos/octo/app", token: try await client.token()).status == 200)
        let events = receiver.received.withLock { all in
          all.map { "\($0.headers["X-GitHub-Event"] ?? "") \($0.json["action"]?.string ?? "")" }
        }
        #expect(
          events == [
            "installation suspend", "installation unsuspend", "installation_repositories removed",
            "installation_repositories added", "installation deleted", "installation created",
          ])
      }
    }
  }

  @Test func `A form has the payload in it, and is signed as it was sent`() async throws {
    try await WebhookReceiver.with { receiver in
      try await GitHubClient.with { client in
        client.github.setWebhook(url: receiver.url, secret: "a secret", contentType: .form)
        let push = try await client.repository.push(files: ["a": "ü & +"], message: "a=b&c +")
        let received = try #require(try await receiver.deliveries("push").first)
        #expect(received.headers["Content-Type"] == "application/x-www-form-urlencoded")
        #expect(received.headers["X-GitHub-Hook-Installation-Target-ID"] == "4711")
        #expect(received.isSigned(with: "a secret"))
        let body = String(decoding: received.body, as: UTF8.self)
        #expect(body.hasPrefix("payload=%7B"))
        #expect(!body.contains("&") && !body.contains(" "))
        #expect(push.delivery?.payload.first == UInt8(ascii: "{"))
      }
    }
  }
}
