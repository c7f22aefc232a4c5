import Database
import Platform
import RunModel
import TestSupport
import Testing

@testable import Matriz

@Suite("Slots for jobs", .fewAtOnce)
struct AdmissionTests {
  private static let plan = Plan(
    jobs: [JobPlan(name: "ci", steps: [StepPlan(name: "clone", action: .clone)])])

  private func source(_ repository: String) -> Source {
    Source(
      repository: repository, cloneURL: "http://x/\(repository)", event: .push, ref: "refs/heads/main",
      sha: "abc", title: "t")
  }

  private func withConductor(
    _ limits: ConcurrencyLimits, _ body: (Conductor, Database) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let database = try await Database.open(path: "\(folder)/test.db", migrations: Migrations.matriz)
      try await body(Conductor(database: database, ledger: Ledger(limits: limits)), database)
      await database.close()
    }
  }

  /// A new run of the repository; its id.
  private func insert(_ repository: String, _ conductor: Conductor) async throws -> String {
    let source = source(repository)
    return try await conductor.database.write { [ledger = conductor.ledger] db in
      try ledger.insert(source: source, plan: Self.plan, at: .now(), into: db).run.id
    }
  }

  private func isAdmitted(_ run: String, _ conductor: Conductor) async throws -> Bool {
    try await conductor.run(run)?.jobs.first?.admittedAt != nil
  }

  @Test("without limits a job is dispatched at once")
  func unlimited() async throws {
    try await withConductor(ConcurrencyLimits()) { conductor, _ in
      let run = try await insert("o/a", conductor)
      #expect(try await isAdmitted(run, conductor))
      let effects = try await conductor.pendingEffects().map(\.effect)
      #expect(effects.contains { if case .dispatch = $0 { true } else { false } })
    }
  }

  @Test("a job waits until another one has ended, and is dispatched then")
  func waits() async throws {
    try await withConductor(ConcurrencyLimits(total: 1)) { conductor, database in
      let (first, second) = (try await insert("o/a", conductor), try await insert("o/b", conductor))
      try await conductor.admit()
      #expect(try await isAdmitted(first, conductor))
      #expect(try await isAdmitted(second, conductor) == false)
      // The same account is found by who looks at the runs alone.
      try await conductor.recountSlots()
      try await conductor.admit()
      #expect(try await isAdmitted(second, conductor) == false)

      try await conductor.handle(.cancelRequested(by: "ann"), run: first)
      try await conductor.admit()
      #expect(try await isAdmitted(second, conductor))
      try await conductor.handle(.cancelRequested(by: "ann"), run: second)
      let rows = try await database.read { db in
        try db.first("SELECT count(*) AS count FROM active_jobs") { try $0["count"] as Int }
      }
      #expect(rows == 0)
    }
  }

  @Test("what is cancelled while it waits is never dispatched")
  func cancelled() async throws {
    try await withConductor(ConcurrencyLimits(perRepository: 1)) { conductor, _ in
      let (first, second) = (try await insert("o/a", conductor), try await insert("o/a", conductor))
      try await conductor.admit()
      try await conductor.handle(.cancelRequested(by: "ann"), run: second)
      try await conductor.handle(.cancelRequested(by: "ann"), run: first)
      try await conductor.admit()
      #expect(try await isAdmitted(second, conductor) == false)
      let dispatches = try await conductor.pendingEffects().filter {
        if case .dispatch = $0.effect { true } else { false }
      }
      #expect(dispatches.map(\.runID) == [first])
    }
  }

  @Test(
    "what is looked for does not take longer with every run there was",
    arguments: [
      ("SELECT id FROM runs WHERE is_final = 0 AND deadline <= 5", "runs_unfinished"),
      ("SELECT model FROM runs WHERE is_final = 0 AND repository = 'a'", "runs_unfinished_by_repository"),
      (
        "SELECT repository, count(*) AS held FROM active_jobs WHERE holds_slot = 1 GROUP BY repository",
        "active_jobs_by_repository"
      ),
      ("SELECT max(number) AS last FROM runs WHERE repository = 'a'", "sqlite_autoindex_runs_2"),
    ])
  func queryPlans(sql: String, index: String) async throws {
    try await withConductor(ConcurrencyLimits()) { _, database in
      let plan = try await database.read { db in
        try db.rows("EXPLAIN QUERY PLAN \(sql)") { try $0["detail"] as String }
      }
      #expect(plan.contains { $0.contains("SEARCH") && $0.contains(index) }, "\(plan)")
    }
  }
}
