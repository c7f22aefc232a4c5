import FakeGitHub
import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce) struct FaultTests {
  @Test func `A planned answer comes instead of the real one, so many times`() async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      client.github.plan(
        .respond(status: 503, headers: ["Retry-After": "3"], body: "{}"), method: "POST",
        pathPrefix: "/repos/octo/app/statuses/", times: 2)
      var seen: [Int] = []
      for _ in 1...3 {
        let answer = try await client.call(
          "POST", "/repos/octo/app/statuses/\(client.sha)", token: token, json: ["state": "success"])
        seen.append(answer.status)
      }
      #expect(seen == [503, 503, 201])
      #expect(client.github.statuses("octo/app", client.sha).count == 1)
    }
  }

  @Test(arguments: [
    (FakeGitHub.Fault.cut, 0), (.cutAfterHandling, 1), (.truncate(afterBytes: 20), 1),
  ]) func `A cut connection is no answer`(_ fault: FakeGitHub.Fault, _ recorded: Int) async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      client.github.plan(fault, method: "POST")
      await #expect(throws: HTTPClientError.self) {
        try await client.call(
          "POST", "/repos/octo/app/statuses/\(client.sha)", token: token, json: ["state": "success"],
          onNewConnection: true)
      }
      #expect(client.github.statuses("octo/app", client.sha).count == recorded)
    }
  }

  @Test func `A delayed answer is the real one`() async throws {
    try await GitHubClient.with { client in
      client.github.plan(.delay(milliseconds: 20), pathPrefix: "/rate_limit")
      let clock = ContinuousClock()
      let start = clock.now
      let answer = try await client.call("GET", "/rate_limit")
      #expect(answer.status == 200)
      #expect(clock.now - start >= .milliseconds(20))
    }
  }

  @Test func `The hourly limit counts down and then refuses`() async throws {
    try await GitHubClient.with(rateLimit: 3) { client in
      let token = try client.github.makeToken(for: client.repository)
      var remaining: [String?] = []
      var last = 0
      for _ in 1...4 {
        let answer = try await client.call("GET", "/repos/octo/app", token: token)
        remaining.append(answer.headers["X-RateLimit-Remaining"])
        last = answer.status
      }
      #expect(remaining == ["2", "1", "0", "0"])
      #expect(last == 403)
    }
  }

  @Test func `What has not changed does not count`() async throws {
    try await GitHubClient.with { client in
      let token = try client.github.makeToken(for: client.repository)
      let first = try await client.call("GET", "/repos/octo/app", token: token)
      let tag = try #require(first.headers["ETag"])
      let second = try await client.call(
        "GET", "/repos/octo/app", token: token, headers: ["If-None-Match": tag])
      #expect(second.status == 304)
      #expect(second.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"])
    }
  }

  @Test func `Requests are recorded with their answers`() async throws {
    try await GitHubClient.with { client in
      _ = try await client.call("GET", "/repos/octo/none?page=2", token: try await client.token())
      let request = try await client.github.waitForRequest { $0.path.hasSuffix("/none") }
      #expect(request.path == "/api/v3/repos/octo/none")
      #expect(request.query == "page=2")
      #expect(request.status == 404)
    }
  }
}
