package import Platform

/// A webhook that the forge could not deliver.
package struct FailedDelivery: Sendable, Hashable {
  /// The forge's number of the newest attempt.
  package let attemptID: Int64
  /// The forge's id of the delivery, the same for each attempt.
  package let deliveryID: String
  /// The forge's own name of the event: `push`.
  package let event: String
  /// How the newest attempt ended, in the forge's words.
  package let problem: String
  /// When the newest attempt was made, and the oldest that is known.
  package let lastAttemptAt: Timestamp
  package let firstAttemptAt: Timestamp
  /// How many attempts are known; at least 1.
  package let attemptCount: Int

  package init(
    attemptID: Int64, deliveryID: String, event: String, problem: String, lastAttemptAt: Timestamp,
    firstAttemptAt: Timestamp, attemptCount: Int
  ) {
    self.attemptID = attemptID
    self.deliveryID = deliveryID
    self.event = event
    self.problem = problem
    self.lastAttemptAt = lastAttemptAt
    self.firstAttemptAt = firstAttemptAt
    self.attemptCount = attemptCount
  }
}
