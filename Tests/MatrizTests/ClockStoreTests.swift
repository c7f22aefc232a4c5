import Database
import Platform
import RunModel
import TestSupport
import Testing

@testable import Matriz

@Suite("The clock that runs are timed by", .fewAtOnce)
struct ClockStoreTests {
  private static let source = Source(
    repository: "o/r", cloneURL: "http://x/o/r", event: .push, ref: "refs/heads/main", sha: "abc", title: "t")
  private static let plan = Plan(
    jobs: [JobPlan(name: "ci", steps: [StepPlan(name: "clone", action: .clone)])])

  /// The offsets of the clocks of three processes; the system's clock is set by an hour between them.
  private func offsets(unfinished: Bool, boots: [String?]) async throws -> [Int64] {
    try await withTemporaryDirectory { folder in
      let database = try await Database.open(path: "\(folder)/test.db", migrations: Migrations.matriz)
      if unfinished {
        _ = try await database.write { db in
          try Ledger().insert(
            source: Self.source, plan: Self.plan, at: Timestamp(milliseconds: 0), into: db)
        }
      }
      var offsets: [Int64] = []
      for (index, boot) in boots.enumerated() {
        let fresh = SteadyClock(offsetMilliseconds: 1_000 + Int64(index) * 3_600_000)
        offsets.append(
          try await database.write { db in try ClockStore().clock(boot: boot, fresh: fresh, in: db) }
            .offsetMilliseconds)
      }
      await database.close()
      return offsets
    }
  }

  @Test(
    "it goes on while a run is unfinished, however the system's clock is set",
    arguments: [
      (true, ["a", "a", "a"], [1_000, 1_000, 1_000]),
      (false, ["a", "a", "a"], [1_000, 3_601_000, 7_201_000]),
      (true, ["a", "b", "b"], [1_000, 3_601_000, 3_601_000]),
      (true, [nil, nil, "a"], [1_000, 3_601_000, 7_201_000]),
    ] as [(Bool, [String?], [Int64])])
  func goesOn(unfinished: Bool, boots: [String?], expected: [Int64]) async throws {
    let offsets = try await offsets(unfinished: unfinished, boots: boots)
    #expect(offsets == expected)
  }

  @Test("it agrees with the system's when it is new")
  func fresh() {
    // Anything may come between two looks at a clock.
    #expect(abs(SteadyClock().now().milliseconds - Timestamp.now().milliseconds) < 60_000)
  }
}
