import FakeGitHub
import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce) struct ControlTests {
  private func post(_ client: GitHubClient, _ path: String, _ body: JSONValue) async throws
    -> GitHubClient.Answer
  {
    try await client.call("POST", "\(client.github.webURL)/_fake\(path)", json: body)
  }

  @Test func `A repository is seeded over HTTP alone`() async throws {
    try await GitHubClient.with { client in
      let made = try await post(client, "/repositories", ["name": "far/away", "private": false])
      #expect(made.status == 201)
      let commit = try await post(
        client, "/repos/far/away/commits",
        [
          "files": [
            "a": "1", "run.sh": ["text": "#!/bin/sh\n", "executable": true], "b": ["base64": "AAE="],
          ]
        ])
      let sha = try #require(commit.json["sha"]?.string)
      #expect(try await post(client, "/repos/far/away/tags", ["name": "v1"]).json["sha"]?.string == sha)
      #expect(try await post(client, "/repos/far/away/releases", ["tag": "v1"]).status == 201)
      let release = try await client.call("GET", "/repos/far/away/releases/tags/v1")
      #expect(release.status == 200)
      let branch = try await post(client, "/repos/far/away/commits", ["files": ["c": "1"], "branch": "x"])
      #expect(branch.status == 201)
      let pull = try await post(client, "/repos/far/away/pulls", ["head": "x"])
      #expect(pull.json["number"]?.integer == 1)
    }
  }

  @Test func `Faults, requests and statuses are there over HTTP`() async throws {
    try await GitHubClient.with { client in
      let fault: JSONValue = ["pathPrefix": "/repos/octo/app/statuses", "status": 502, "times": 1]
      #expect(try await post(client, "/faults", fault).status == 201)
      let token = try await client.token()
      let path = "/repos/octo/app/statuses/\(client.sha)"
      #expect(try await client.call("POST", path, token: token, json: ["state": "error"]).status == 502)
      #expect(try await client.call("POST", path, token: token, json: ["state": "error"]).status == 201)
      let statuses = try await client.call("GET", "\(client.github.webURL)/_fake/statuses?repo=octo/app")
      #expect(statuses.json[0]?["state"]?.string == "error")
      let requests = try await client.call("GET", "\(client.github.webURL)/_fake/requests")
      #expect(requests.json.array?.contains { $0["status"]?.integer == 502 } == true)
    }
  }

  @Test func `A reset forgets repositories`() async throws {
    try await GitHubClient.with { client in
      let token = try await client.token()
      #expect(try await post(client, "/reset", [:]).status == 201)
      #expect(try await client.call("GET", "/repos/octo/app", token: token).status == 401)
      #expect(throws: FakeGitHubError.self) { try client.github.repository("octo/app") }
    }
  }

  @Test(
    arguments: [
      ("/repositories", ["name": "no-slash"], 422), ("/repositories", ["name": "a/../b"], 422),
      ("/repositories", [:], 422), ("/repos/no/where/commits", ["files": [:]], 404),
      ("/faults", [:], 422), ("/deliver", ["id": 1], 404),
    ] as [(String, JSONValue, Int)]) func `What makes no sense is refused with a reason`(
      _ path: String, _ body: JSONValue, _ status: Int
    ) async throws
  {
    try await GitHubClient.with { client in
      let answer = try await post(client, path, body)
      #expect(answer.status == status)
      #expect(answer.json["detail"]?.string?.isEmpty == false)
    }
  }

  @Test func `The page lists what there is`() async throws {
    try await GitHubClient.with { client in
      let page = try await client.call("GET", "\(client.github.webURL)/_fake/")
      #expect(String(decoding: page.bytes, as: UTF8.self).contains("POST /_fake/faults"))
    }
  }
}
