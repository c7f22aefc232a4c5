import Database
import Forge
import FoundationEssentials
import Platform

/// The log of deliveries; parts of a read or write that somebody else opened.
struct DeliveryStore: Sendable {
  func insert(_ record: DeliveryRecord, into db: borrowing DatabaseConnection) throws {
    try db.execute(
      """
      INSERT INTO deliveries
        (id, delivery, event, repository, received_at, occurred_at, outcome, reason, run_id, replay_of)
      VALUES
        (:id, :delivery, :event, :repository, :received, :occurred, :outcome, :reason, :run, :origin)
      """,
      [
        "id": record.id, "delivery": record.delivery, "event": record.event, "repository": record.repository,
        "received": record.receivedAt, "occurred": record.occurredAt, "outcome": record.outcome.rawValue,
        "reason": record.reason, "run": record.runID, "origin": record.replayOf,
      ])
  }

  /// Keeps what it takes to replay a delivery.
  func insert(_ webhook: AuthenticWebhook, of id: String, into db: borrowing DatabaseConnection) throws {
    try db.execute(
      "INSERT INTO delivery_payloads (delivery_id, headers, body) VALUES (?, ?, ?)",
      [id, Array(try JSONEncoder().encode(webhook.headers)), webhook.body])
  }

  /// What was kept of a delivery, or of the one that it is a replay of; `nil` when nothing is left of it.
  func webhook(of record: DeliveryRecord, in db: borrowing DatabaseConnection) throws -> AuthenticWebhook? {
    try db.first(
      "SELECT headers, body FROM delivery_payloads WHERE delivery_id = ?", [record.replayOf ?? record.id]
    ) { row in
      AuthenticWebhook(
        headers: try JSONDecoder().decode([String: String].self, from: Data(try row["headers"] as [UInt8])),
        body: try row["body"], deliveryID: record.delivery, eventName: record.event)
    }
  }

  /// The record with this id of ours, or the first of the delivery with this id of the forge's: rather one that came
  /// than a replay, and one that was read than one that was rejected.
  func find(_ id: String, in db: borrowing DatabaseConnection) throws -> DeliveryRecord? {
    try db.first("SELECT * FROM deliveries WHERE id = ?", [id], Self.read)
      ?? db.first(
        """
        SELECT * FROM deliveries WHERE delivery = ?
        ORDER BY replay_of IS NOT NULL, outcome = 'rejected', id LIMIT 1
        """, [id], Self.read)
  }

  /// Whether this delivery of the forge's came before, and was read (or was rejected, where that is asked for).
  func hasSeen(
    delivery: String, rejected: Bool = false, in db: borrowing DatabaseConnection
  ) throws -> Bool {
    try db.first(
      "SELECT 1 AS seen FROM deliveries WHERE delivery = ? AND replay_of IS NULL AND (outcome = 'rejected') = ?",
      [delivery, rejected]
    ) { _ in true } ?? false
  }

  /// The replays of a record, oldest first, at most `limit`.
  func replays(
    of id: String, limit: Int, in db: borrowing DatabaseConnection
  ) throws -> [DeliveryRecord] {
    try db.rows("SELECT * FROM deliveries WHERE replay_of = ? ORDER BY id LIMIT ?", [id, limit], Self.read)
  }

  /// When that happened, by the forge's clock, which made a run; `nil` where it did not say.
  func occurrence(ofRun id: String, in db: borrowing DatabaseConnection) throws -> Timestamp? {
    // Later ones had the run done again.
    try db.first("SELECT occurred_at FROM deliveries WHERE run_id = ? ORDER BY id LIMIT 1", [id]) { row in
      try row["occurred_at"] as Timestamp?
    } ?? nil
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
      repository: try row["repository"], receivedAt: try row["received_at"],
      occurredAt: try row["occurred_at"],
      outcome: DeliveryRecord.Outcome(rawValue: outcome) ?? .ignored, reason: try row["reason"],
      runID: try row["run_id"], replayOf: try row["replay_of"])
  }
}
