import Database
import Platform
import RunModel
import Runner
import Synchronization
import TestSupport
import Testing

@testable import Matriz

@Suite("The search for workers whose job is over", .fewAtOnce)
struct OrphanSearchTests {
  private static let source = Source(
    repository: "o/r", cloneURL: "http://x/o/r", event: .push, ref: "refs/heads/main", sha: "abc", title: "t")
  private static let plan = Plan(
    jobs: [JobPlan(name: "ci", steps: [StepPlan(name: "clone", action: .clone)])],
    limits: Limits(infrastructureRetries: 1))

  @Test("those of attempts that are over are stopped; the others, and those of other servers, are left alone")
  func search() async throws {
    try await withTemporaryDirectory { folder in
      let database = try await Database.open(path: "\(folder)/test.db", migrations: Migrations.matriz)
      let time = Mutex(Timestamp(milliseconds: 1_000_000))
      let conductor = Conductor(database: database, now: { time.withLock { $0 } })
      func run() async throws -> Run {
        try await database.write { db in
          try conductor.ledger.insert(
            source: Self.source, plan: Self.plan, at: Timestamp(milliseconds: 1_000_000), into: db
          ).run
        }
      }
      let (again, ended, fresh) = (try await run(), try await run(), try await run())
      try await conductor.handle(
        .workerLost(job: again.jobs[0].id, attempt: 1, reason: "node down"), run: again.id)
      try await conductor.handle(.cancelRequested(by: "ann"), run: ended.id)

      func worker(_ run: Run, attempt: Int) -> RunnerJob {
        RunnerJob(
          handle: "\(run.number)/\(attempt)", runID: run.id, jobID: run.jobs[0].id, attempt: attempt)
      }
      let runner = StubRunner()
      let listed = [
        worker(again, attempt: 1), worker(again, attempt: 2), worker(ended, attempt: 1),
        worker(fresh, attempt: 1), RunnerJob(handle: "other", runID: "other", jobID: "x", attempt: 1),
      ]
      runner.state.withLock { $0.jobs = listed }
      let search = OrphanSearch(conductor: conductor, runner: runner, logger: .disabled)
      try await search.search()
      // One that was told to go has its time for it.
      #expect(runner.state.withLock { $0.cancelled } == ["1/1"])
      time.withLock { $0 = $0.adding(seconds: 60) }
      try await search.search()
      #expect(runner.state.withLock { $0.cancelled } == ["1/1", "1/1", "2/1"])
      await database.close()
    }
  }
}
