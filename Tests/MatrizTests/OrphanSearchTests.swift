import Database
import Platform
import RunModel
import Runner
import Synchronization
import TestSupport
import Testing

@testable import Matriz

/// Has the workers that the test says, and remembers which were to be stopped.
private final class ListingRunner: Runner {
  let jobs: [RunnerJob]
  let stopped = Mutex<[String]>([])

  init(_ jobs: [RunnerJob]) {
    self.jobs = jobs
  }

  func prepare() async throws(RunnerError) {}
  func dispatch(_ request: DispatchRequest) async throws(RunnerError) -> String { "" }
  func findDispatch(runID: String, jobID: String, attempt: Int) async throws(RunnerError) -> String? { nil }
  func cancel(_ handle: String) async throws(RunnerError) { stopped.withLock { $0.append(handle) } }
  func state(_ handle: String) async throws(RunnerError) -> RunnerJobState { .running }
  func list() async throws(RunnerError) -> [RunnerJob] { jobs }
  func shutdown() async {}
}

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
      let runner = ListingRunner([
        worker(again, attempt: 1), worker(again, attempt: 2), worker(ended, attempt: 1),
        worker(fresh, attempt: 1), RunnerJob(handle: "other", runID: "other", jobID: "x", attempt: 1),
      ])
      let search = OrphanSearch(conductor: conductor, runner: runner, logger: .disabled)
      try await search.search()
      // One that was told to go has its time for it.
      #expect(runner.stopped.withLock { $0 } == ["1/1"])
      time.withLock { $0 = $0.adding(seconds: 60) }
      try await search.search()
      #expect(runner.stopped.withLock { $0 } == ["1/1", "1/1", "2/1"])
      await database.close()
    }
  }
}
