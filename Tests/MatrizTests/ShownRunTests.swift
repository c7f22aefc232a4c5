import Database
import Platform
import RunModel
import Synchronization
import TestSupport
import Testing

@testable import Matriz

/// Which of several runs speaks for a commit.
@Suite(.fewAtOnce) struct ShownRunTests {
  private static let quiet = Reports()

  @Test func `the newest run of a commit speaks for it, apart for pull requests`() async throws {
    try await withConductor { conductor in
      let first = try await conductor.add(pushed("a"), plan()).run
      let second = try await conductor.add(pushed("a", event: .tag), plan()).run
      let request = try await conductor.add(pushed("a", event: .pullRequest), plan()).run
      let elsewhere = try await conductor.add(pushed("b"), plan()).run
      let foreign = try await conductor.add(pushed("a", to: "o/fork"), plan()).run
      let speakers = try await conductor.database.read { db in
        try [first, second, request, elsewhere, foreign].map {
          try db.speaker(of: .reportCheck, in: $0).id
        }
      }
      #expect(speakers == [second.id, second.id, request.id, elsewhere.id, foreign.id])
      let newest = try await conductor.database.read { db in
        try db.newestRuns(repository: "o/r", sha: "a").map(\.id)
      }
      #expect(newest == [second.id, request.id])
    }
  }

  @Test func `a run keeps its word where a newer one has none`() async throws {
    try await withConductor { conductor in
      let old = try await conductor.add(pushed(), plan(jobs: ["lint", "test"])).run
      let silent = try await conductor.add(pushed(), plan(reports: Self.quiet)).run
      let effects: [Effect] = [
        .reportStatus(old.statusReport), .reportCheck, .reportJobStatus(job: old.jobs[0].id),
        .reportJobStatus(job: old.jobs[1].id),
      ]
      func speakers() async throws -> [String] {
        try await conductor.database.read { db in try effects.map { try db.speaker(of: $0, in: old).id } }
      }
      #expect(try await speakers() == [silent.id, old.id, old.id, old.id])
      let loud = try await conductor.add(pushed(), plan(jobs: ["test"])).run
      #expect(try await speakers() == [loud.id, loud.id, old.id, loud.id])
    }
  }

  @Test func `runs of one commit and context share their lanes, jobs by their names`() async throws {
    try await withConductor { conductor in
      func lanes(_ source: Source) async throws -> [String] {
        try await conductor.add(source, plan(jobs: ["a", "b"])).entries.filter { $0.effect.isReport }
          .map(\.lane).sorted()
      }
      let first = try await lanes(pushed())
      #expect(Set(first).count == 4)
      #expect(try await lanes(pushed(event: .tag)) == first)
      for other in [pushed("other"), pushed(event: .pullRequest)] {
        #expect(Set(try await lanes(other)).isDisjoint(with: first))
      }
    }
  }

  @Test func `those that are looked at speak, and go on or have ended lately; newest first, in pages`()
    async throws
  {
    let time = Mutex(Timestamp(milliseconds: 1_000_000))
    try await withConductor(now: { time.withLock { $0 } }) { conductor in
      var runs: [String] = []
      for (index, sha) in ["a", "b", "c", "c", "d"].enumerated() {
        runs.append(try await conductor.add(pushed(sha), plan()).run.id)
        if index < 4 { try await conductor.handle(.cancelRequested(by: "ann"), run: runs[index]) }
        time.withLock { $0 = $0.adding(seconds: 60) }
      }
      func shown(_ seconds: Double, before: String? = nil, limit: Int = 9) async throws -> [String] {
        let since = Timestamp(milliseconds: 1_000_000).adding(seconds: seconds)
        return try await conductor.database.read { db in
          try db.shownRuns(since: since, before: before, limit: limit).map(\.id)
        }
      }
      #expect(try await shown(0) == [runs[4], runs[3], runs[1]])
      #expect(try await shown(60) == [runs[4], runs[3]])
      #expect(try await shown(0, limit: 2) == [runs[4], runs[3]])
      #expect(try await shown(0, before: runs[3]) == [runs[1]])
      try await conductor.handle(.rerunRequested(by: "ann", onlyFailed: false), run: runs[0])
      #expect(try await shown(60) == [runs[4], runs[3], runs[0]], "what is done again goes on again")
    }
  }

  @Test(
    "what is looked for does not take longer with every run there was",
    arguments: [
      (
        "SELECT model FROM runs WHERE repository = 'a' AND sha = 'b' AND is_pull_request = 0 ORDER BY number DESC",
        "runs_by_commit"
      ),
      ("SELECT id FROM runs WHERE finished_at > 5", "runs_by_end"),
      ("UPDATE runs SET number = 1 WHERE repository = 'a'", "sqlite_autoindex_runs_2"),
      ("UPDATE deliveries SET repository = 'b' WHERE repository = 'a'", "deliveries_by_repository"),
      ("SELECT 1 FROM outbox WHERE lane = 'a'", "outbox_by_lane"),
    ])
  func queryPlans(sql: String, index: String) async throws {
    try await withConductor { conductor in
      let plan = try await conductor.database.read { db in
        try db.rows("EXPLAIN QUERY PLAN \(sql)") { try $0["detail"] as String }
      }
      #expect(plan.contains { $0.contains("SEARCH") && $0.contains(index) }, "\(plan)")
    }
  }

  @Test
  func `a database of an earlier version knows the commits of its runs, and what is to be told of them`()
    async throws
  {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/test.db"
      let now = Timestamp(milliseconds: 5_000)
      let earlier = Migrations.matriz.filter { $0.number < 5 }
      let (push, request) = (Self.run("1", pushed("a")), Self.run("2", pushed("a", event: .pullRequest)))
      let old = try await Database.open(path: path, migrations: earlier)
      try await old.write { db in
        for run in [push, request] {
          try db.execute(
            """
            INSERT INTO runs (id, number, repository, state, is_final, model, created_at)
            VALUES (?, ?, 'o/r', ?, ?, ?, 0)
            """,
            [run.id, run.number, run.state.rawValue, run.state.isFinal, try encoded(run)])
          try db.execute(
            """
            INSERT INTO outbox (run_id, lane, effect, not_before, created_at)
            VALUES (?, 'status o/r a', ?, 0, 0)
            """, [run.id, try encoded(Effect.reportStatus(run.statusReport))])
        }
      }
      await old.close()
      let database = try await Database.open(path: path, migrations: Migrations.matriz)
      let before = Timestamp(milliseconds: now.milliseconds - 1)
      let (newest, lanes, later, shown) = try await database.read { db in
        (
          try db.newestRuns(repository: "o/r", sha: "a").map(\.id), try db.pendingEffects().map(\.lane),
          try db.shownRuns(since: now, before: nil, limit: 9).map(\.id),
          try db.shownRuns(since: before, before: nil, limit: 9).map(\.id)
        )
      }
      #expect(newest == ["1", "2"])
      #expect(lanes == ["status a", "status a/pr"])
      #expect(later == ["2"])
      #expect(shown == ["2", "1"])
      await database.close()
    }
  }

  /// One for a push has ended, one for a pull request waits.
  private static func run(_ id: String, _ source: Source) -> Run {
    Run.create(
      id: id, number: Int(id) ?? 0, source: source, plan: plan(), jobIDs: ["j\(id)"],
      skipReason: source.isPullRequest ? nil : "no", at: Instant(milliseconds: 5_000)
    ).run
  }
}
