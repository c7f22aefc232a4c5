import Database
import Platform
import RunModel
import Synchronization
import TestSupport
import Testing

@testable import Matriz

/// Answers each effect as the test says, and remembers what was asked.
private final class ScriptedPerformer: EffectPerformer {
  private let script: Mutex<[EffectOutcome]>
  let performed = Watched<[Effect]>([])
  let patience: Int

  init(_ script: [EffectOutcome], patience: Int = 3_600) {
    self.script = Mutex(script)
    self.patience = patience
  }

  func perform(_ entry: OutboxEntry) async -> EffectOutcome {
    let outcome = script.withLock { $0.isEmpty ? .done(nil) : $0.removeFirst() }
    performed.withLock { $0.append(entry.effect) }
    return outcome
  }

  func giveUp(_ entry: OutboxEntry, problem: String) -> Event? {
    guard case .dispatch(let job, let attempt) = entry.effect else { return nil }
    return .dispatchFailed(job: job, attempt: attempt, reason: problem)
  }

  func patienceSeconds(_ entry: OutboxEntry) -> Int { patience }
}

@Suite("The outbox", .fewAtOnce)
struct OutboxTests {
  private static let source = Source(
    repository: "o/r", cloneURL: "http://x/o/r", event: .push, ref: "refs/heads/main", sha: "abc", title: "t")
  private static let plan = Plan(
    jobs: [JobPlan(name: "ci", steps: [StepPlan(name: "clone", action: .clone)])])

  /// A conductor with one new run in its database.
  private func withRun(
    _ body: (Conductor, Conductor.Change) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let database = try await Database.open(path: "\(folder)/test.db", migrations: Migrations.matriz)
      let conductor = Conductor(database: database)
      let change = try await database.write { db in
        try conductor.ledger.insert(source: Self.source, plan: Self.plan, at: .now(), into: db)
      }
      try await body(conductor, change)
      await database.close()
    }
  }

  private func outbox(_ conductor: Conductor, _ performer: ScriptedPerformer) -> Outbox {
    Outbox(
      conductor: conductor, performer: performer, logger: .disabled,
      backoff: Backoff(firstSeconds: 0.001, maximumSeconds: 0.002))
  }

  @Test("a new run is stored with its status and its dispatch, and both are carried out and forgotten")
  func carriesOut() async throws {
    try await withRun { conductor, change in
      #expect(try await conductor.pendingEffects() == change.entries)
      let performer = ScriptedPerformer([])
      let outbox = outbox(conductor, performer)
      await outbox.add(change.entries)
      _ = try await performer.performed.value(timeoutSeconds: 10, waitingFor: "effects") {
        $0.count == 2 ? true : nil
      }
      await outbox.stop()
      #expect(try await conductor.pendingEffects().isEmpty)
    }
  }

  @Test("an effect that fails is tried again until it is done")
  func triesAgain() async throws {
    try await withRun { conductor, change in
      let dispatch = try #require(
        change.entries.first { if case .dispatch = $0.effect { true } else { false } })
      let job = change.run.jobs[0].id
      let performer = ScriptedPerformer([
        .tryAgain(problem: "away"), .tryAgain(problem: "away"),
        .done(.dispatched(job: job, attempt: 1, handle: "h")),
      ])
      let outbox = outbox(conductor, performer)
      let done = Watched(false)
      conductor.onChange { change in
        if change.run.jobs[0].dispatchHandle == "h" { done.withLock { $0 = true } }
      }
      await outbox.add([dispatch])
      _ = try await done.value(timeoutSeconds: 10, waitingFor: "the dispatch") { $0 ? true : nil }
      #expect(performer.performed.withLock { $0.count } == 3)
      await outbox.stop()
      #expect(try await conductor.run(change.run.id)?.jobs[0].dispatchHandle == "h")
    }
  }

  @Test(
    "what is given up ends the job with the reason",
    arguments: [
      (EffectOutcome.impossible(problem: "no such template"), 3_600),
      (.tryAgain(problem: "no such template"), 0),
    ])
  func givesUp(outcome: EffectOutcome, patience: Int) async throws {
    try await withRun { conductor, change in
      let dispatch = try #require(
        change.entries.first { if case .dispatch = $0.effect { true } else { false } })
      let performer = ScriptedPerformer([outcome], patience: patience)
      let outbox = outbox(conductor, performer)
      let ended = Watched<Run?>(nil)
      conductor.onChange { change in
        if change.run.state.isFinal { ended.withLock { $0 = change.run } }
      }
      await outbox.add([dispatch])
      let run = try await ended.value(timeoutSeconds: 10, waitingFor: "the end of the run") { $0 }
      #expect(run.state == .errored)
      #expect(run.reason == "no such template")
      await outbox.stop()
    }
  }
}
