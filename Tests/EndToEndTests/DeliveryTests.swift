import Configuration
import FakeGitHub
import FakeNomad
import HTTP
import Platform
import TestSupport
import Testing

/// The log of deliveries, replays, and commits that ask not to be built.
@Suite(.fewAtOnce) struct DeliveryTests {
  private static func delivery(of push: FakeRepository.Push) throws -> FakeGitHub.Delivery {
    try #require(push.delivery)
  }

  @Test func `A delivery is shown with what was sent, by either of its ids`() async throws {
    try await withMatriz { stage, site in
      let push = try await stage.repository.push(files: Stage.files(task: "true"))
      let sent = try Self.delivery(of: push)
      let shown = try await site.get("/api/v1/deliveries/\(sent.guid)").json
      #expect(shown["delivery"]?.string == sent.guid)
      #expect(shown["outcome"] == "run")
      #expect(shown["payload"] == (try JSONValue(parsing: sent.payload)))
      #expect(shown["headers"]?["x-github-event"] == "push")
      #expect(shown["headers"]?.object?.keys.contains { $0.contains("signature") } == false)
      #expect(shown["replays"] == [])
      let id = try #require(shown["id"]?.string)
      #expect(try await site.get("/api/v1/deliveries/\(id)").json == shown)
      let listed = try await site.get("/api/v1/deliveries").json["items"]?.array?.first {
        $0["id"]?.string == id
      }
      #expect(listed?["run"] == shown["run"])
      #expect(listed?.object?["payload"] == nil)
      _ = try await stage.end(of: try stage.accepted(push))
    }
  }

  @Test func `A replay makes a new run that comes to its own end`() async throws {
    try await withMatriz { stage, site in
      let pushed = try await stage.push(task: "true")
      #expect(try await stage.end(of: pushed).state == .success)
      let guid = try #require(stage.github.deliveries.first { $0.event == "push" }).guid
      let answer = try await site.send("POST", "/api/v1/deliveries/\(guid)/replay")
      #expect(answer.status == 202, "\(answer.text)")
      let again = PushedRun(sha: pushed.sha, run: try #require(try answer.json["run"]?.string))
      #expect(again.run != pushed.run)
      #expect(try await stage.end(of: again).state == .success)
      let shown = try await site.get("/api/v1/deliveries/\(guid)").json
      #expect(shown["run"]?.string == pushed.run)
      #expect(shown["replays"]?.array?.map { $0["run"]?.string } == [again.run])
      #expect(shown["replays"]?[0]?["replayOf"] == shown["id"])
    }
  }

  @Test func `What cannot be replayed says why`() async throws {
    try await withMatriz { stage, site in
      #expect(try await site.send("POST", "/api/v1/deliveries/nothing/replay").status == 404)
      #expect(try await site.get("/api/v1/deliveries/nothing").status == 404)
      let ping = try #require(await stage.github.ping())
      let ignored = try await site.send("POST", "/api/v1/deliveries/\(ping.guid)/replay")
      #expect(ignored.status == 200)
      #expect(try ignored.json["ignored"] == "ping")
      let refused = try await site.deliver(Array("{".utf8), id: "broken-1")
      #expect(refused.status == 400)
      let shown = try await site.get("/api/v1/deliveries/broken-1").json
      #expect(shown["outcome"] == "rejected")
      #expect(shown["reason"]?.string?.contains("push") == true)
      #expect(shown["payload"] == "{")
      let replay = try await site.send("POST", "/api/v1/deliveries/broken-1/replay")
      #expect(replay.status == 409)
      #expect(replay.headers["Content-Type"] == "application/problem+json")
    }
  }

  @Test func `Deliveries are for those who may use the API`() async throws {
    try await withMatriz {
      $0.server.apiToken = Secret("open sesame")
    } _: { stage, site in
      let ping = try #require(await stage.github.ping())
      let path = "/api/v1/deliveries/\(ping.guid)"
      #expect(try await site.get(path).status == 401)
      #expect(try await site.send("POST", "\(path)/replay").status == 401)
      let answer = try await site.send(
        "POST", "\(path)/replay", headers: ["Authorization": "Bearer open sesame"])
      #expect(answer.status == 200)
    }
  }

  @Test(arguments: ["Docs only [skip ci]", "Docs\n\nNothing to build. [CI Skip]\n"])
  func `A push whose commit asks for it is skipped, and its status says so`(_ message: String) async throws {
    try await withMatriz { stage, site in
      let push = try await stage.repository.push(files: Stage.files(task: "false"), message: message)
      let pushed = try stage.accepted(push)
      let status = try await stage.end(of: pushed)
      #expect(status.state == .success)
      #expect(status.description?.hasPrefix("skipped") == true)
      #expect(try await site.run(pushed.run)["state"] == "skipped")
      let shown = try await site.get("/api/v1/deliveries/\(try Self.delivery(of: push).guid)").json
      #expect(shown["outcome"] == "skipped")
      let tag = try await stage.pushTag("v1", at: pushed.sha)
      #expect(try await site.run(tag.run)["state"] == "skipped")
      #expect(stage.nomad.allocations().isEmpty)
    }
  }

  /// What the forge does first when it is asked for the commit, and how the run ends.
  @Test(
    arguments: [
      ("Later [skip ci]", nil, "skipped"), ("Later", nil, "succeeded"),
      ("Later [skip ci]", .cut, "skipped"), ("Later [skip ci]", .respond(status: 404), "succeeded"),
    ] as [(String, FakeGitHub.Fault?, String)])
  func `A pull request's commit is asked for its message; when that fails, it runs`(
    _ message: String, _ fault: FakeGitHub.Fault?, _ state: String
  ) async throws {
    try await withMatriz { stage, site in
      let repository = stage.repository
      try await repository.commit(files: Stage.files(task: "true"))
      try await repository.commit(files: ["a": "1"], message: message, branch: "topic")
      if let fault { stage.github.plan(fault, path: "/repos/acme/widgets/commits/*") }
      let pull = try await repository.openPullRequest(head: "topic")
      let run = try Stage.run(of: pull.delivery)
      #expect(try await stage.end(of: PushedRun(sha: pull.headSHA, run: run)).state == .success)
      #expect(try await site.run(run)["state"]?.string == state)
    }
  }
}
