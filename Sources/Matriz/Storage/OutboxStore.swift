import Database
import FoundationEssentials
import Platform
import RunModel

/// The outbox's table; parts of a read or write that somebody else opened. A row is there until its effect is done.
struct OutboxStore: Sendable {
  func insert(
    _ effect: Effect, of run: Run, lane: String, at now: Timestamp, into db: borrowing DatabaseConnection
  ) throws -> OutboxEntry {
    try db.execute(
      """
      INSERT INTO outbox (run_id, lane, effect, not_before, created_at)
      VALUES (:run, :lane, :effect, :now, :now)
      """,
      ["run": run.id, "lane": lane, "effect": Array(try JSONEncoder().encode(effect)), "now": now])
    return OutboxEntry(
      id: db.lastInsertedRowID, runID: run.id, lane: lane, effect: effect, notBefore: now, countsFrom: now)
  }

  /// Everything that is not done, in order: what a new process begins with.
  func all(in db: borrowing DatabaseConnection) throws -> [OutboxEntry] {
    try db.rows("SELECT * FROM outbox ORDER BY id") { row in
      OutboxEntry(
        id: try row["id"], runID: try row["run_id"], lane: try row["lane"],
        effect: try JSONDecoder().decode(Effect.self, from: Data(try row["effect"] as [UInt8])),
        tries: try row["tries"], notBefore: try row["not_before"], countsFrom: try row["created_at"])
    }
  }

  func isPending(lane: String, in db: borrowing DatabaseConnection) throws -> Bool {
    try db.first("SELECT 1 AS pending FROM outbox WHERE lane = ? LIMIT 1", [lane]) { _ in true } ?? false
  }

  func remove(_ id: Int64, from db: borrowing DatabaseConnection) throws {
    try db.execute("DELETE FROM outbox WHERE id = ?", [id])
  }

  func postpone(_ entry: OutboxEntry, problem: String, in db: borrowing DatabaseConnection) throws {
    try db.execute(
      """
      UPDATE outbox SET tries = :tries, not_before = :time, created_at = :since, problem = :problem
      WHERE id = :id
      """,
      [
        "id": entry.id, "tries": entry.tries, "time": entry.notBefore, "since": entry.countsFrom,
        "problem": problem,
      ])
  }
}
