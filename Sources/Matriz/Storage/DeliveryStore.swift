import Database
import Platform

/// A webhook as it was received and what became of it.
struct DeliveryRecord: Hashable, Sendable {
  enum Outcome: String, Sendable {
    /// It made a run.
    case run
    /// There was nothing to do; the reason says why.
    case ignored
  }

  /// Ours: a UUIDv7.
  let id: String
  /// The forge's: a redelivery has the same.
  let delivery: String
  let event: String
  let repository: String?
  let receivedAt: Timestamp
  let outcome: Outcome
  let reason: String?
  let runID: String?
}

/// The log of deliveries; parts of a read or write that somebody else opened.
struct DeliveryStore: Sendable {
  func insert(_ record: DeliveryRecord, into db: borrowing DatabaseConnection) throws {
    try db.execute(
      """
      INSERT INTO deliveries (id, delivery, event, repository, received_at, outcome, reason, run_id)
      VALUES (:id, :delivery, :event, :repository, :received, :outcome, :reason, :run)
      """,
      [
        "id": record.id, "delivery": record.delivery, "event": record.event, "repository": record.repository,
        "received": record.receivedAt, "outcome": record.outcome.rawValue, "reason": record.reason,
        "run": record.runID,
      ])
  }

  /// The record of a delivery by the forge's id.
  func find(delivery: String, in db: borrowing DatabaseConnection) throws -> DeliveryRecord? {
    try db.first("SELECT * FROM deliveries WHERE delivery = ?", [delivery], Self.read)
  }

  /// Newest first, at most `limit`, those before the record with the id `before`.
  func list(before: String?, limit: Int, in db: borrowing DatabaseConnection) throws -> [DeliveryRecord] {
    try db.rows(
      "SELECT * FROM deliveries WHERE id < :before ORDER BY id DESC LIMIT :limit",
      ["before": before ?? "g", "limit": limit], Self.read)
  }

  private static func read(_ row: borrowing Row) throws -> DeliveryRecord {
    let outcome: String = try row["outcome"]
    return DeliveryRecord(
      id: try row["id"], delivery: try row["delivery"], event: try row["event"],
      repository: try row["repository"],
      receivedAt: try row["received_at"], outcome: DeliveryRecord.Outcome(rawValue: outcome) ?? .ignored,
      reason: try row["reason"], runID: try row["run_id"])
  }
}
