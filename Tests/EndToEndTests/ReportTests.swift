import Configuration
import FakeGitHub
import HTTP
import Platform
import TestSupport
import Testing

/// What GitHub shows of a run: statuses, a check, and that it stays so.
@Suite(.fewAtOnce) struct ReportTests {
  private static let humanToken = "a person's own token"

  @Test func `Each job has a status, and the run a check with a summary, when they are wanted`() async throws
  {
    try await withMatriz {
      $0.forge.perJobStatus = true
    } _: { stage, site in
      let pushed = try await stage.push(task: "exit 3")
      #expect(try await stage.end(of: pushed).state == .failure)
      let job = try await site.job(of: pushed.run)
      let status = try await stage.github.waitForFinalStatus(
        repo: stage.repository.fullName, sha: pushed.sha, context: "mise-ci/ci",
        timeoutSeconds: Stage.patienceSeconds)
      #expect(status.state == .failure)
      #expect(status.targetURL == "\(site.origin)/runs/\(pushed.run)#\(job)")
      #expect(try await site.get("/runs/\(pushed.run)").text.contains("id=\"\(job)\""))
      let check = try await stage.completedCheck(of: pushed)
      #expect(check.name == "mise-ci")
      #expect(check.conclusion == .failure)
      #expect(check.detailsURL == "\(site.origin)/runs/\(pushed.run)")
      #expect(check.output.title?.contains("exit code 3") == true)
      #expect(check.output.summary?.contains("mise run ci") == true)
      #expect(try stage.repository.checkRuns(of: pushed.sha).count == 1)
    }
  }

  @Test func `Without them there is the run's status alone`() async throws {
    try await withMatriz {
      $0.forge.checks = false
    } _: { stage, _ in
      let pushed = try await stage.push(task: "true")
      #expect(try await stage.end(of: pushed).state == .success)
      #expect(Set(try stage.repository.statuses(of: pushed.sha).map(\.context)) == ["mise-ci"])
      #expect(!stage.github.requests.contains { $0.path.contains("/check-runs") })
    }
  }

  @Test func `An app that may not make checks gives statuses all the same`() async throws {
    var options = FakeGitHubOptions()
    options.permissions["checks"] = nil
    try await withStage(github: options) { stage in
      try await stage.withMatriz { _ in
        let pushed = try await stage.push(task: "true")
        #expect(try await stage.end(of: pushed).state == .success)
        let refused = stage.github.requests.filter { $0.path.contains("/check-runs") }
        #expect(refused.allSatisfy { $0.status == 403 })
        #expect(try stage.repository.checkRuns(of: pushed.sha).isEmpty)
      }
    }
  }

  @Test func `A tag's run speaks for the commit that a branch's run has spoken for`() async throws {
    try await withMatriz { stage, _ in
      let branch = try await stage.push(task: "true")
      #expect(try await stage.end(of: branch).state == .success)
      _ = try await stage.completedCheck(of: branch)
      let tag = try await stage.pushTag("v1", at: branch.sha)
      #expect(try await stage.end(of: tag).state == .success)
      _ = try await stage.completedCheck(of: tag)
      let last = try #require(try stage.repository.statuses(of: branch.sha).last { $0.context == "mise-ci" })
      #expect(last.targetURL?.hasSuffix("/runs/\(tag.run)") == true)
    }
  }

  /// While it serves, and after a start: whoever was there meanwhile.
  @Test(arguments: [true, false])
  func `A status that somebody overwrites is mended`(_ whileItServes: Bool) async throws {
    var options = FakeGitHubOptions()
    options.personalAccessToken = Self.humanToken
    try await withStage(github: options) { stage in
      let deployment = try await Deployment(
        on: stage, forge: "  reconcile_seconds: \(whileItServes ? 1 : 600)")
      let pushed = try await deployment.withMatriz { _, _ in
        let pushed = try await stage.push(task: "true")
        #expect(try await stage.end(of: pushed).state == .success)
        _ = try await stage.completedCheck(of: pushed)
        if whileItServes { try await expectMending(of: pushed, on: stage) }
        return pushed
      }
      guard !whileItServes else { return }
      try await overwrite(pushed, on: stage)
      try await deployment.withMatriz { _, _ in try await expectMended(pushed, on: stage) }
    }
  }

  private func expectMending(of pushed: PushedRun, on stage: Stage) async throws {
    try await overwrite(pushed, on: stage)
    try await expectMended(pushed, on: stage)
  }

  private func overwrite(_ pushed: PushedRun, on stage: Stage) async throws {
    let response = try await stage.client.send(
      HTTPRequest(
        "POST", "\(stage.github.apiURL)/repos/acme/widgets/statuses/\(pushed.sha)",
        headers: ["Authorization": "Bearer \(Self.humanToken)"],
        body: .json(["state": "failure", "context": "mise-ci", "description": "by hand"] as JSONValue)))
    #expect(response.status == 201)
  }

  /// What is shown last is ours again, and nothing else than what was overwritten is told again.
  private func expectMended(_ pushed: PushedRun, on stage: Stage) async throws {
    let byHand = try #require(
      try stage.repository.statuses(of: pushed.sha).last { $0.description == "by hand" })
    let mended = try await stage.github.waitForStatus(
      repo: stage.repository.fullName, sha: pushed.sha, timeoutSeconds: Stage.patienceSeconds
    ) { $0.id > byHand.id }
    #expect(mended.state == .success)
    #expect(mended.targetURL?.hasSuffix("/runs/\(pushed.run)") == true)
    #expect(try stage.repository.checkRuns(of: pushed.sha).count == 1)
  }
}

extension Stage {
  /// Waits for the end of a run's check; how many attempts it took is part of its id.
  func completedCheck(of pushed: PushedRun, attempt: Int = 1) async throws -> FakeGitHub.CheckRun {
    try await github.waitForCheckRun(
      repo: repository.fullName, sha: pushed.sha, timeoutSeconds: Self.patienceSeconds
    ) { $0.externalID == "\(pushed.run)/\(attempt)" && $0.status == .completed }
  }
}
