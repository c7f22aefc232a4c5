import Configuration
import Database
import Forge
import Platform
import RunModel
import TestSupport
import Testing

@testable import Matriz

/// What people press beside a commit on the forge.
@Suite("Requests of runs", .fewAtOnce)
struct RunRequestTests {
  private static func repository(_ name: String = "o/r") -> WebhookRepository {
    WebhookRepository(name: name, cloneURL: "http://x/\(name)", installationID: 1)
  }

  private static func rerun(
    _ check: String?, sha: String = "abc", of name: String = "o/r", by sender: String = "mona"
  ) -> WebhookEvent {
    .rerunRequested(.init(repository: repository(name), sha: sha, externalID: check, sender: sender))
  }

  private static func press(
    _ button: String, _ check: String, sha: String = "abc", of name: String = "o/r"
  ) -> WebhookEvent {
    .actionRequested(
      .init(repository: repository(name), sha: sha, externalID: check, identifier: button, sender: "mona"))
  }

  /// Has a delivery taken as the inbox does.
  private func take(
    _ event: WebhookEvent, id: String = UUIDv7.generate(), replayOf origin: String? = nil,
    by conductor: Conductor
  ) async throws -> Intake.Taken? {
    let delivery = WebhookDelivery(id: id, name: "check_run", event: event)
    return try await conductor.database.write { db in
      try Intake(ledger: conductor.ledger).take(
        delivery, replayOf: origin, plan: plan(), at: conductor.now(), in: db)
    }
  }

  /// A run whose jobs have ended: the first so many have succeeded, the others failed.
  private func finished(
    _ conductor: Conductor, jobs: [String] = ["ci"], succeeded: Int = 0, event: Source.Event = .push
  ) async throws -> Run {
    var run = try await conductor.add(pushed(event: event), plan(jobs: jobs)).run
    for (index, job) in run.jobs.enumerated() {
      try await finish(job, of: run.id, by: conductor, succeeds: index < succeeded)
    }
    run = try #require(try await conductor.run(run.id))
    return run
  }

  private func finish(_ job: Job, of run: String, by conductor: Conductor, succeeds: Bool) async throws {
    let worker = WorkerIdentity(instance: job.id, hostname: "h", system: "s", architecture: "a", version: "1")
    try await conductor.handle(.workerConnected(job: job.id, attempt: job.attempt, worker: worker), run: run)
    try await conductor.handle(
      .stepFinished(job: job.id, attempt: job.attempt, step: 0, outcome: .exited(code: succeeds ? 0 : 1)),
      run: run)
  }

  @Test("a check's run is done again, by whom, and once for each delivery")
  func rerun() async throws {
    try await withConductor { conductor in
      let run = try await finished(conductor)
      let event = Self.rerun("\(run.id)/1")
      let taken = try #require(try await take(event, id: "d", by: conductor))
      #expect(taken.record.outcome == .rerun)
      #expect(taken.record.runID == run.id)
      #expect(taken.record.reason == "#1 wanted again by mona on GitHub")
      #expect(taken.changes.map(\.run.attempt) == [2])
      #expect(taken.changes.first?.run.rerunBy == "mona on GitHub")
      #expect(try await take(event, id: "d", by: conductor) == nil)
      #expect(try await conductor.run(run.id)?.attempt == 2)
      // A replay does it again, once the run is over again.
      let early = try #require(try await take(event, id: "d", replayOf: taken.record.id, by: conductor))
      #expect(early.record.outcome == .ignored && early.record.runID == nil)
      try await finish(
        try #require(taken.changes.first?.run.jobs.first), of: run.id, by: conductor, succeeds: true)
      let replay = try #require(try await take(event, id: "d", replayOf: taken.record.id, by: conductor))
      #expect(replay.record.runID == run.id)
      #expect(replay.changes.map(\.run.attempt) == [3])
    }
  }

  @Test("of several jobs those that failed are done again when that is asked for")
  func failedJobs() async throws {
    try await withConductor { conductor in
      let run = try await finished(conductor, jobs: ["a", "b"], succeeded: 1)
      let taken = try #require(try await take(Self.press("rerun_failed", "\(run.id)/1"), by: conductor))
      #expect(taken.changes.first?.run.jobs.map(\.attempt) == [1, 2])
      let all = try await finished(conductor, jobs: ["a", "b"], succeeded: 2)
      let ignored = try #require(try await take(Self.press("rerun_failed", "\(all.id)/1"), by: conductor))
      #expect(ignored.record.reason == "run #2: nothing of the run failed")
      let whole = try #require(try await take(Self.press("rerun", "\(all.id)/1"), by: conductor))
      #expect(whole.changes.first?.run.jobs.map(\.attempt) == [2, 2])
    }
  }

  @Test("all checks of a commit are its newest run's, and its newest pull request's")
  func suite() async throws {
    try await withConductor { conductor in
      let old = try await finished(conductor)
      let push = try await finished(conductor)
      let pull = try await finished(conductor, event: .pullRequest)
      let unfinished = try #require(try await take(Self.rerun(nil, by: ""), by: conductor))
      #expect(unfinished.record.reason == "#2, #3 wanted again by somebody on GitHub")
      #expect(unfinished.changes.map(\.run.id) == [push.id, pull.id])
      #expect(try await conductor.run(old.id)?.attempt == 1)
      // Now they go on.
      let again = try #require(try await take(Self.rerun(nil), by: conductor))
      #expect(again.record.outcome == .ignored)
      #expect(again.record.reason?.hasPrefix("run #2: the run is not over: it is ") == true)
      #expect(again.record.reason?.contains("; run #3: ") == true)
      #expect(
        try await take(Self.rerun(nil, sha: "def"), by: conductor)?.record.reason
          == "there is no run of this commit")
    }
  }

  @Test("a button lets a run go on that waits for approval, for its commit only")
  func approval() async throws {
    try await withConductor { conductor in
      let now = conductor.now()
      let run = try await conductor.database.write { db in
        try conductor.ledger.insert(
          source: pushed(event: .pullRequest), plan: plan(), needsApproval: true, at: now, into: db)
      }.run
      let other = try #require(
        try await take(Self.press("approve", "\(run.id)/1", sha: "def"), by: conductor))
      #expect(other.record.outcome == .ignored)
      #expect(try await conductor.run(run.id)?.state == .waiting)
      let taken = try #require(try await take(Self.press("approve", "\(run.id)/1/approval"), by: conductor))
      #expect(taken.record.outcome == .approved && taken.record.runID == run.id)
      #expect(taken.changes.first?.run.approvedBy == "mona on GitHub")
      #expect(taken.changes.first?.run.needsApproval == false)
      let again = try #require(try await take(Self.press("approve", "\(run.id)/1"), by: conductor))
      #expect(again.record.reason?.hasPrefix("run #1: the run does not wait for approval: it is ") == true)
    }
  }

  /// A request about a run that has ended, and why it is ignored.
  struct Example: Sendable {
    /// The button; `nil` for "Re-run".
    var button: String?
    /// The check's id, with RUN for that of the run.
    var check: String? = "RUN/1"
    var sha = "abc"
    var repository = "o/r"
    var reason: String

    func event(of run: Run) -> WebhookEvent {
      let check = check?.replacing("RUN", with: run.id)
      return button.map { RunRequestTests.press($0, check ?? "", sha: sha, of: repository) }
        ?? RunRequestTests.rerun(check, sha: sha, of: repository)
    }
  }

  private static let unknown = "there is no run with the check"
  private static let notOurs = "none of ours"
  private static let elsewhere = "is not one of this commit"

  static let examples = [
    Example(check: "RUN/2", reason: unknown), Example(check: "RUN/0", reason: notOurs),
    Example(check: "RUN/-1", reason: notOurs), Example(check: "RUN", reason: notOurs),
    Example(check: "1/1", reason: notOurs), Example(check: "RUN/1/1", reason: notOurs),
    Example(check: "RUN/99999999999999999999", reason: notOurs),
    Example(check: String(repeating: "x\n", count: 10_000), reason: notOurs),
    Example(check: "0199f3a1-7b00-7000-8000-000000000001/1", reason: unknown),
    Example(sha: "def", reason: elsewhere), Example(repository: "o/other", reason: elsewhere),
    Example(check: nil, repository: "o/other", reason: "there is no run of this commit"),
    Example(button: "rerun", repository: "o/other", reason: elsewhere),
    Example(button: "approve", reason: "the run does not wait for approval: it is errored"),
    Example(button: "delete", reason: "there is no action 'delete'"),
    Example(button: "", reason: "there is no action ''"),
  ]

  @Test("what does not fit is recorded with the reason, and changes nothing", arguments: examples)
  func hostile(example: Example) async throws {
    try await withConductor { conductor in
      let run = try await finished(conductor)
      let taken = try #require(try await take(example.event(of: run), by: conductor))
      #expect(taken.record.outcome == .ignored)
      #expect(taken.record.runID == nil && taken.changes.isEmpty)
      let shown = try #require(taken.record.reason)
      #expect(shown.contains(example.reason), "\(shown)")
      #expect(shown.utf8.count < 1_000 && !shown.contains("\n"))
      #expect(try await conductor.run(run.id) == run)
    }
  }

  @Test("a repository that has another name takes its runs along, those that go on, too")
  func moved() async throws {
    try await withConductor { conductor in
      let old = try await finished(conductor)
      let unfinished = try await conductor.add(pushed("def"), plan()).run
      let event = WebhookEvent.repositoryMoved(from: "o/r", to: Self.repository("p/s"))
      let taken = try #require(try await take(event, by: conductor))
      #expect(taken.record.outcome == .moved && taken.record.repository == "p/s")
      #expect(taken.record.reason == "o/r is called p/s now")
      #expect(taken.changes.map(\.run.id) == [unfinished.id])
      for id in [old.id, unfinished.id] {
        #expect(try await conductor.run(id)?.source.repository == "p/s")
        #expect(try await conductor.run(id)?.source.cloneURL == "http://x/p/s")
      }
      // What was asked for beside the commit by the new name is found.
      #expect(try await take(Self.rerun("\(old.id)/1", of: "p/s"), by: conductor)?.record.runID == old.id)
    }
  }

  @Test(
    "what concerns no run of ours is recorded",
    arguments: [
      (
        .installationChanged(account: "acme", action: "added", repositories: ["acme/a", "acme/b"]),
        "the app's installation for acme is 'added': acme/a, acme/b"
      ),
      (
        .installationChanged(account: "acme", action: "deleted", repositories: []),
        "the app's installation for acme is 'deleted'"
      ),
      (
        .workflowRun(
          .init(
            repository: repository(), runID: 42, workflowID: 7, workflowPath: nil, workflowName: nil,
            title: nil,
            status: "completed", conclusion: "success", headSha: "abc", headBranch: nil, event: "push",
            attempt: 1,
            updatedAt: nil)), "run 42 of the forge's own workflows is no run of ours"
      ),
    ] as [(WebhookEvent, String)])
  func recorded(event: WebhookEvent, reason: String) async throws {
    try await withConductor { conductor in
      let taken = try #require(try await take(event, by: conductor))
      #expect(taken.record.outcome == .ignored && taken.record.reason == reason)
    }
  }

  @Test("of very many repositories the first are named")
  func manyRepositories() {
    let names = (1...30).map { "acme/r\($0)" }
    let verdict = DeliveryRules.verdict(
      on: .installationChanged(account: "acme", action: "created", repositories: names), forks: .approve)
    guard case .nothing(let reason) = verdict else {
      Issue.record("\(verdict)")
      return
    }
    #expect(reason.hasSuffix("acme/r19, acme/r20 and 10 more"))
  }
}
