import Database
import Platform
import RunModel
import TestSupport
import Testing

@testable import Matriz

/// A repository that gets another name.
@Suite(.fewAtOnce) struct RepositoryMoveTests {
  private func move(_ conductor: Conductor, from old: String, to new: String) async throws -> [String] {
    try await conductor.database.write { db in
      try conductor.ledger.moveRepository(
        from: old, to: new, cloneURL: "http://x/\(new).git", at: .now(), in: db
      ).map(\.run.id)
    }
  }

  /// The ids of a repository's runs by their numbers, by the columns and by the runs themselves.
  private func numbers(_ conductor: Conductor, of repository: String) async throws -> [Int: String] {
    try await conductor.database.read { db in
      let rows = try db.rows("SELECT id, number FROM runs WHERE repository = ?", [repository]) { row in
        (try row["number"] as Int, try row["id"] as String)
      }
      for (number, id) in rows {
        let run = try #require(try db.run(id))
        #expect(run.number == number)
        #expect(run.source.repository == repository)
      }
      return Dictionary(uniqueKeysWithValues: rows)
    }
  }

  @Test func `its runs go with it, and their numbers go on`() async throws {
    try await withConductor { conductor in
      let ended = try await conductor.add(pushed(to: "o/old"), plan()).run
      try await conductor.handle(.cancelRequested(by: "ann"), run: ended.id)
      let going = try await conductor.add(pushed(to: "o/old"), plan()).run
      let other = try await conductor.add(pushed(to: "o/other"), plan()).run
      #expect(try await move(conductor, from: "o/old", to: "p/new") == [going.id], "who listens is told")
      let next = try await conductor.add(pushed(to: "p/new"), plan()).run
      #expect(try await numbers(conductor, of: "p/new") == [1: ended.id, 2: going.id, 3: next.id])
      #expect(try await numbers(conductor, of: "o/other") == [1: other.id])
      #expect(try await numbers(conductor, of: "o/old").isEmpty)
      for id in [ended.id, going.id] {
        #expect(try await conductor.run(id)?.source.cloneURL == "http://x/p/new.git")
      }
      #expect(try await conductor.run(ended.id)?.state == .cancelled)
    }
  }

  @Test func `runs that are known under the new name already come after those that move there`() async throws
  {
    try await withConductor { conductor in
      var old: [String] = []
      for _ in 0..<3 { old.append(try await conductor.add(pushed(to: "o/old"), plan()).run.id) }
      var early: [String] = []
      for _ in 0..<2 { early.append(try await conductor.add(pushed(to: "o/new"), plan()).run.id) }
      _ = try await move(conductor, from: "o/old", to: "o/new")
      #expect(
        try await numbers(conductor, of: "o/new")
          == [1: old[0], 2: old[1], 3: old[2], 4: early[0], 5: early[1]])
    }
  }

  @Test func `what waits for a slot, what is to be told and what was delivered go with it`() async throws {
    try await withConductor { conductor in
      let run = try await conductor.add(pushed(to: "o/old"), plan())
      try await conductor.database.write { db in
        try db.insertDelivery(
          DeliveryRecord(
            id: "d", delivery: "1", event: "push", repository: "o/old", receivedAt: .now(), occurredAt: nil,
            outcome: .run, reason: nil, runID: run.run.id, replayOf: nil))
      }
      _ = try await move(conductor, from: "o/old", to: "o/new")
      #expect(try await conductor.database.read { db in try db.heldSlots() } == ["o/new": 1])
      let record = try await conductor.database.read { db in try DeliveryStore().find("d", in: db) }
      #expect(record?.repository == "o/new")
      // What is written after the move waits for what was written before.
      let lanes = Set(run.entries.map(\.lane))
      let after = try await conductor.database.write { db in
        try conductor.ledger.handle(.cancelRequested(by: "ann"), run: run.run.id, at: .now(), in: db)
      }
      let reports = try #require(after).entries.filter { $0.effect.isReport }
      #expect(reports.count == 3)
      #expect(reports.allSatisfy { lanes.contains($0.lane) })
    }
  }

  @Test func `a name that is the same, or of which nothing is known, changes nothing`() async throws {
    try await withConductor { conductor in
      let run = try await conductor.add(pushed(to: "o/r"), plan()).run
      #expect(try await move(conductor, from: "o/r", to: "o/r").isEmpty)
      #expect(try await move(conductor, from: "o/unknown", to: "o/r").isEmpty)
      #expect(try await numbers(conductor, of: "o/r") == [1: run.id])
    }
  }
}
