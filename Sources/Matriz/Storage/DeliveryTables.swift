package import Platform

/// A webhook as it was received and what became of it.
package struct DeliveryRecord: Hashable, Sendable {
  package enum Outcome: String, Sendable {
    /// It made a run.
    case run
    /// It made a run that is skipped; the reason says why.
    case skipped
    /// It had runs done again; the reason says by whose wish.
    case rerun
    /// It let a run go on that waited for it; the reason says by whose wish.
    case approved
    /// A repository has another name; the reason says which.
    case moved
    /// There was nothing to do; the reason says why.
    case ignored
    /// Its sender was who he said, and it could not be read; the reason says why.
    case rejected
  }

  /// Ours: a UUIDv7.
  package let id: String
  /// The forge's: one that is sent again, or replayed, has the same. `nil` where a rejected one had none.
  package let delivery: String?
  package let event: String?
  package let repository: String?
  package let receivedAt: Timestamp
  /// When that happened which the delivery tells of, by the forge's clock; `nil` where it does not say.
  package let occurredAt: Timestamp?
  package let outcome: Outcome
  package let reason: String?
  package let runID: String?
  /// The record that somebody had replayed, never one that is a replay itself.
  package let replayOf: String?
}

/// What the rules of the inbox need of storage beside what those of runs need, within the same transaction.
package protocol DeliveryTables: Tables, ~Copyable {
  /// Whether this delivery of the forge's came before and could be read.
  borrowing func hasTaken(delivery: String) throws -> Bool
  borrowing func insertDelivery(_ record: DeliveryRecord) throws
  /// When that happened, by the forge's clock, which made a run; `nil` where it did not say.
  borrowing func occurrence(ofRun id: String) throws -> Timestamp?
}
