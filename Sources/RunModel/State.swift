/// Where a run or a job is. The names are those of the API.
///
///     waiting -> queued -> dispatched -> running -> succeeded | failed | errored | cancelled
///                  |            |
///                  +------------+-> errored | cancelled             skipped (from the start)
package enum State: String, Codable, Sendable, CaseIterable {
  /// For somebody's approval.
  case waiting
  /// For the runner to take it.
  case queued
  /// The runner has it; its worker has not connected yet.
  case dispatched
  /// Its worker is connected, or was and may come back.
  case running
  case succeeded
  /// The user's command failed.
  case failed
  /// We, or the machine, failed.
  case errored
  case cancelled
  case skipped

  /// Nothing follows.
  package var isFinal: Bool {
    switch self {
    case .waiting, .queued, .dispatched, .running: false
    case .succeeded, .failed, .errored, .cancelled, .skipped: true
    }
  }
}
