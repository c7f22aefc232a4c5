import Forge
import Platform
import RunModel
import TestSupport
import Testing

@testable import Matriz

/// What the forge is told of runs.
@Suite(.fewAtOnce) struct ReportTests {
  private struct Scene {
    let conductor: Conductor
    let forge: StubForge
    let effects: RunEffects
    let log: Watched<[String]>

    /// Carries out what is to be told of runs, in this order, and forgets it.
    func report(_ order: ([OutboxEntry]) -> [OutboxEntry] = { $0 }) async throws {
      for entry in order(try await conductor.pendingEffects().filter(\.effect.isReport)) {
        guard case .done(nil) = await effects.perform(entry) else {
          Issue.record("\(entry.effect) was not carried out")
          continue
        }
        try await conductor.finish(entry, with: nil)
      }
    }

    var told: [CommitStatus] { forge.state.withLock(\.statuses) }
    var checks: [Check] { forge.state.withLock(\.checks) }
    /// `context state`
    var shown: Set<String> {
      forge.state.withLock { state in
        Set(
          state.shownStatuses.map { "\($0) \($1.state)" } + state.shownChecks.map { "check \($0) \($1)" })
      }
    }
  }

  private func withScene(supportsChecks: Bool = true, _ body: (Scene) async throws -> Void) async throws {
    try await withConductor { conductor, folder in
      let forge = StubForge()
      forge.state.withLock { $0.supportsChecks = supportsChecks }
      let log = Watched<[String]>([])
      let logger = Logger(label: "t", sink: { line in log.withLock { $0.append(line) } })
      let effects = try await RunEffects.forTests(conductor, forge, folder: folder, logger: logger)
      try await body(Scene(conductor: conductor, forge: forge, effects: effects, log: log))
    }
  }

  @Test func `a run, each of its jobs and its check are told, and each leads to the page`() async throws {
    try await withScene { scene in
      let run = try await scene.conductor.add(pushed(), plan(jobs: ["lint", "test"])).run
      try await scene.report()
      #expect(
        Set(scene.told.map { "\($0.context) \($0.state) \($0.targetURL ?? "")" }) == [
          "ci pending http://ci.test/runs/\(run.id)",
          "ci/lint pending http://ci.test/runs/\(run.id)#\(run.jobs[0].id)",
          "ci/test pending http://ci.test/runs/\(run.id)#\(run.jobs[1].id)",
        ])
      #expect(scene.checks.map(\.name) == ["ci"])
      #expect(scene.checks.map(\.externalID) == ["\(run.id)/1"])
      try await scene.conductor.handle(.cancelRequested(by: "ann"), run: run.id)
      try await scene.report()
      let states = Set(scene.forge.state.withLock { $0.shownStatuses.values.map(\.state) })
      #expect(states == [.error])
      #expect(scene.checks.last?.state == .completed(.cancelled))
    }
  }

  @Test func `a pull request's are apart from a push's of the same commit`() async throws {
    try await withScene { scene in
      try await scene.conductor.add(pushed(event: .pullRequest), plan(jobs: ["lint"]))
      try await scene.report()
      #expect(Set(scene.told.map(\.context)) == ["ci/pr", "ci/pr/lint"])
      #expect(scene.checks.map(\.name) == ["ci/pr"])
    }
  }

  @Test func `without them in the plan there is the run's status alone`() async throws {
    try await withScene { scene in
      try await scene.conductor.add(pushed(), plan(reports: Reports()))
      try await scene.report()
      #expect(scene.told.map(\.context) == ["ci"])
      #expect(scene.checks.isEmpty)
    }
  }

  @Test func `a run that is done again has another check`() async throws {
    try await withScene { scene in
      let run = try await scene.conductor.add(pushed(), plan()).run
      try await scene.conductor.handle(.cancelRequested(by: "ann"), run: run.id)
      try await scene.report()
      try await scene.conductor.handle(.rerunRequested(by: "ann", onlyFailed: false), run: run.id)
      try await scene.report()
      #expect(
        scene.shown == [
          "ci pending", "ci/ci pending", "check ci \(run.id)/1 completed(Forge.Check.Conclusion.cancelled)",
          "check ci \(run.id)/2 queued",
        ])
    }
  }

  /// What is to be told is in the database in the order in which it came; a process that was killed had perhaps told
  /// some of it, and the next one tells it all.
  @Test(arguments: ["in order", "backwards", "twice"])
  func `whatever is repeated in whatever order, the newest run's end is what is shown`(_ order: String)
    async throws
  {
    try await withScene { scene in
      let old = try await scene.conductor.add(pushed(), plan()).run
      let new = try await scene.conductor.add(pushed(event: .tag), plan()).run
      try await scene.conductor.handle(.cancelRequested(by: "ann"), run: new.id)
      try await scene.conductor.handle(.repositoryMoved(to: "o/r", cloneURL: "http://x/o/r"), run: old.id)
      try await scene.report { entries in
        switch order {
        case "backwards": entries.reversed()
        case "twice": entries + entries
        default: entries
        }
      }
      #expect(
        scene.shown == [
          "ci error", "ci/ci error", "check ci \(new.id)/1 completed(Forge.Check.Conclusion.cancelled)",
        ])
      #expect(
        scene.told.allSatisfy { $0.targetURL?.hasPrefix("http://ci.test/runs/\(new.id)") == true },
        "an older run is not told of beside it")
    }
  }

  @Test func `refused checks are logged once for a repository, and nothing waits for them`() async throws {
    try await withScene { scene in
      let refusal = ForgeError(.refused, "GitHub answered 403: Resource not accessible by integration")
      for repository in ["o/a", "o/a", "o/b"] {
        try await scene.conductor.add(
          pushed(to: repository), plan(reports: Reports(jobStatuses: false, checks: true)))
        let entries = try await scene.conductor.pendingEffects().filter(\.effect.isReport)
        for entry in entries {
          if entry.effect == .reportCheck { scene.forge.state.withLock { $0.reportRefusals = [refusal] } }
          guard case .done(nil) = await scene.effects.perform(entry) else {
            Issue.record("\(entry.effect) waits")
            continue
          }
        }
        try await scene.conductor.forgetEffects()
      }
      let lines = scene.log.withLock { $0 }
      #expect(lines.count == 2)
      #expect(lines.allSatisfy { $0.contains("Checks: write") && $0.contains("403") })
      #expect(scene.told.count == 3)
    }
  }

  @Test func `a forge that is away is told later, and with a token there is no check`() async throws {
    try await withScene(supportsChecks: false) { scene in
      try await scene.conductor.add(pushed(), plan())
      let entry = try #require(
        try await scene.conductor.pendingEffects().first { $0.effect.isReport && $0.effect != .reportCheck })
      scene.forge.state.withLock {
        $0.reportRefusals = [ForgeError(.rateLimited, "slow down", retryAfterSeconds: 7)]
      }
      guard case .tryAgain("slow down", 7, _) = await scene.effects.perform(entry) else {
        Issue.record("it is not tried again")
        return
      }
      try await scene.report()
      #expect(scene.checks.isEmpty)
    }
  }
}
