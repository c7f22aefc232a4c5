/// An attempt of a job that is over and was followed by another one.
package struct JobAttempt: Hashable, Codable, Sendable {
  /// From 1.
  package let attempt: Int
  package let state: State
  package let reason: String?
  package let steps: [Step]
  package let worker: WorkerIdentity?
  package let queuedAt: Instant
  package let startedAt: Instant?
  package let finishedAt: Instant?
}

/// An attempt of a run that is over and was followed by a re-run.
package struct RunAttempt: Hashable, Codable, Sendable {
  /// From 1.
  package let attempt: Int
  package let state: State
  package let reason: String?
  package let startedAt: Instant?
  package let finishedAt: Instant?
}

/// Who wanted a run to stop, and when.
package struct Cancellation: Hashable, Codable, Sendable {
  /// For people: `cancelled by` or `superseded by`, and whom.
  package let reason: String
  package let requestedAt: Instant
}
