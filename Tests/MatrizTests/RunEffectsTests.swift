import ArtifactStore
import Database
import Platform
import RunModel
import Runner
import Synchronization
import TestSupport
import Testing

@testable import Matriz

@Suite("What is done at the runner", .fewAtOnce)
struct RunEffectsTests {
  private static let source = Source(
    repository: "o/r", cloneURL: "http://x/o/r", event: .push, ref: "refs/heads/main", sha: "abc", title: "t")
  private static let plan = Plan(
    jobs: [JobPlan(name: "ci", steps: [StepPlan(name: "clone", action: .clone)])])

  private struct Scene {
    let conductor: Conductor
    let runner: StubRunner
    let effects: RunEffects
    let change: Conductor.Change

    var job: String { change.run.jobs[0].id }

    var dispatch: OutboxEntry {
      get throws {
        try #require(change.entries.first { if case .dispatch = $0.effect { true } else { false } })
      }
    }
  }

  /// A new run, and a runner that does as it is told.
  private func withScene(_ body: (Scene) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
      let database = try await Database.open(
        path: "\(folder)/test.db", migrations: Migrations.matriz + ArtifactStore.migrations)
      let conductor = Conductor(database: database)
      let runner = StubRunner()
      let effects = try await RunEffects.forTests(conductor, StubForge(), runner, folder: folder)
      let change = try await database.write { db in
        try conductor.ledger.insert(
          source: Self.source, plan: Self.plan, at: conductor.now(), into: db)
      }
      try await body(Scene(conductor: conductor, runner: runner, effects: effects, change: change))
      await database.close()
    }
  }

  @Test("a worker is asked to stop until the runner says that it has")
  func stop() async throws {
    try await withScene { scene in
      scene.runner.state.withLock { $0.states = [.running, .failed(reason: "stopped")] }
      var entry = try scene.dispatch
      entry = OutboxEntry(
        id: entry.id, runID: entry.runID, lane: entry.lane,
        effect: .stop(job: scene.job, attempt: 1, handle: "h"), notBefore: entry.notBefore,
        countsFrom: entry.countsFrom)
      guard case .tryAgain = await scene.effects.perform(entry) else {
        Issue.record("a worker that runs was taken for stopped")
        return
      }
      guard case .done(nil) = await scene.effects.perform(entry) else {
        Issue.record("a worker that has ended was not taken for stopped")
        return
      }
      #expect(scene.runner.state.withLock { $0.cancelled } == ["h", "h"])
    }
  }

  @Test("a runner that is away is waited for; one that refuses is not")
  func outage() async throws {
    try await withScene { scene in
      scene.runner.state.withLock { $0.dispatchError = RunnerError(.unavailable, "away") }
      guard
        case .tryAgain(problem: "away", afterSeconds: _, isOutage: true) = await scene.effects.perform(
          try scene.dispatch)
      else {
        Issue.record("an outage counts against the job")
        return
      }
      scene.runner.state.withLock { $0.dispatchError = RunnerError(.refused, "no") }
      guard case .impossible(problem: "no") = await scene.effects.perform(try scene.dispatch) else {
        Issue.record("a refusal is no answer")
        return
      }
    }
  }

  @Test("what was dispatched for a job that is over is found and told, so that it is stopped")
  func lostAnswer() async throws {
    try await withScene { scene in
      try await scene.conductor.handle(.cancelRequested(by: "ann"), run: scene.change.run.id)
      guard case .done(nil) = await scene.effects.perform(try scene.dispatch) else {
        Issue.record("there was nothing to find")
        return
      }
      scene.runner.state.withLock { $0.dispatched = "h" }
      let dispatched = Event.dispatched(job: scene.job, attempt: 1, handle: "h")
      guard case .done(dispatched) = await scene.effects.perform(try scene.dispatch) else {
        Issue.record("the dispatch was not told")
        return
      }
    }
  }
}
