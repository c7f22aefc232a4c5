import Configuration
import FakeGitHub
import FakeNomad
import HTTP
import TestSupport
import Testing

/// Pull requests: what is built, and where its status goes.
@Suite(.fewAtOnce) struct PullRequestTests {
  @Test func `A pull request's merge is built, and its head has the status`() async throws {
    try await withMatriz { stage, site in
      let repository = stage.repository
      try await repository.commit(files: Stage.files(task: "exec >&2; cat base change; git rev-parse HEAD"))
      try await repository.commit(files: ["change": "changed\n"], branch: "topic")
      try await repository.commit(files: ["base": "moved on\n"])
      let pull = try await repository.openPullRequest(head: "topic", title: "Change it all")
      let run = try Stage.run(of: pull.delivery)
      let final = try await stage.end(of: PushedRun(sha: pull.headSHA, run: run))
      #expect(final.state == .success)
      #expect(final.context == "mise-ci/pr")
      let merge = try #require(pull.mergeSHA)
      #expect(try await site.log(of: run).text.hasSuffix("moved on\nchanged\n\(merge)\n"))
      let shown = try await site.run(run)
      #expect(shown["event"] == "pull_request")
      #expect(shown["ref"]?.string == "refs/pull/\(pull.number)/merge")
      #expect(shown["sha"]?.string == pull.headSHA)
      #expect(shown["mergeSha"]?.string == merge)
      #expect(shown["title"] == "Change it all")
      #expect(try repository.statuses(of: merge).isEmpty)
    }
  }

  @Test func `New commits and reopening make runs, closing does not`() async throws {
    try await withMatriz { stage, _ in
      let repository = stage.repository
      try await repository.commit(files: Stage.files(task: "true"))
      try await repository.commit(files: ["change": "1"], branch: "topic")
      let opened = try await repository.openPullRequest(head: "topic")
      try await repository.commit(files: ["change": "2"], branch: "topic")
      let synchronized = try await repository.synchronizePullRequest(opened.number)
      let closed = try await repository.closePullRequest(opened.number)
      let reopened = try await repository.reopenPullRequest(opened.number)
      #expect(closed.delivery?.status == 200)
      var runs: [PushedRun] = []
      for pull in [opened, synchronized, reopened] {
        runs.append(PushedRun(sha: pull.headSHA, run: try Stage.run(of: pull.delivery)))
      }
      #expect(Set(runs.map(\.run)).count == 3)
      // The last two are of one commit: the newer one speaks for it.
      #expect(try await stage.end(of: runs[2]).state == .success)
      #expect(try repository.statuses(of: reopened.headSHA).last?.targetURL?.hasSuffix(runs[2].run) == true)
    }
  }

  @Test func `A pull request that cannot be merged is errored, and says so`() async throws {
    try await withMatriz { stage, site in
      let repository = stage.repository
      try await repository.commit(files: Stage.files(task: "true", ["note": "one\n"]))
      try await repository.commit(files: ["note": "two\n"], branch: "topic")
      try await repository.commit(files: ["note": "three\n"])
      let pull = try await repository.openPullRequest(head: "topic")
      #expect(pull.mergeSHA == nil)
      let run = try Stage.run(of: pull.delivery)
      let final = try await stage.end(of: PushedRun(sha: pull.headSHA, run: run))
      #expect(final.state == .error)
      let shown = try await site.run(run)
      #expect(shown["state"] == "errored")
      let reason = try #require(shown["reason"]?.string)
      #expect(reason.contains("refs/pull/\(pull.number)/merge"), "\(reason)")
      #expect(reason.contains("conflict"), "\(reason)")
    }
  }

  @Test func `A pull request from a fork waits until somebody approves its commit, and gets no secrets`()
    async throws
  {
    try await withMatriz {
      $0.secrets = ["DEPLOY_KEY": Secret("not for everybody")]
    } _: { stage, site in
      let repository = stage.repository
      try await repository.commit(files: Stage.files(task: "true"))
      let fork = try await stage.github.addFork(of: repository, owner: "mallory")
      try await fork.commit(files: ["ci.sh": "env >&2"], branch: "topic")
      let pull = try await repository.openPullRequest(head: "topic", fromFork: fork)
      let run = try Stage.run(of: pull.delivery)
      let path = "/api/v1/runs/\(run)/approve"
      #expect(try await site.run(run)["state"] == "waiting")
      let waiting = try await stage.github.waitForStatus(
        repo: repository.fullName, sha: pull.headSHA, timeoutSeconds: Stage.patienceSeconds
      ) { $0.state == .pending }
      #expect(waiting.description == "waiting for approval")

      let other = try await site.send("POST", path, body: .bytes(Array(#"{"sha":"0123abcd"}"#.utf8)))
      #expect(other.status == 409)
      #expect(stage.nomad.allocations().isEmpty)
      let body = #"{"by":"ann","sha":"\#(pull.headSHA)"}"#
      #expect(try await site.send("POST", path, body: .bytes(Array(body.utf8))).status == 202)
      #expect(try await stage.end(of: PushedRun(sha: pull.headSHA, run: run)).state == .success)
      #expect(try await site.send("POST", path).status == 409)

      let shown = try await site.run(run)
      #expect(shown["approvedBy"] == "ann")
      let log = try await site.log(of: run).text
      #expect(log.contains("MISE_CI_EVENT=pull_request"))
      #expect(!log.contains("DEPLOY_KEY"))
    }
  }

  @Test func `Where forks are ignored, a pull request from one makes no run, and is recorded`() async throws {
    try await withMatriz {
      $0.forge.forks = .ignore
    } _: { stage, site in
      let repository = stage.repository
      try await repository.commit(files: Stage.files(task: "true"))
      let fork = try await stage.github.addFork(of: repository, owner: "mallory")
      try await fork.commit(files: ["ci.sh": "echo mine"], branch: "topic")
      let pull = try await repository.openPullRequest(head: "topic", fromFork: fork)
      let delivery = try #require(pull.delivery)
      #expect(delivery.status == 200)
      #expect(try JSONValue(parsing: delivery.responseBody)["ignored"]?.string?.contains("fork") == true)
      #expect(try await site.runs().isEmpty)
      let records = try await site.get("/api/v1/deliveries").json["items"]?.array ?? []
      let record = try #require(records.first { $0["delivery"]?.string == delivery.guid })
      #expect(record["outcome"] == "ignored")
      #expect(record["reason"]?.string?.contains("fork") == true)
      #expect(record["repository"] == "acme/widgets")
      #expect(try repository.statuses(of: pull.headSHA).isEmpty)
    }
  }
}
