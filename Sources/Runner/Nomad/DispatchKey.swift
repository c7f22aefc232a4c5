import Synchronization

/// Which attempt of which job a dispatch was for, as its meta says.
struct DispatchKey: Hashable, Sendable {
  var runID: String
  var jobID: String
  var attempt: String

  init(runID: String, jobID: String, attempt: Int) {
    self.runID = runID
    self.jobID = jobID
    self.attempt = String(attempt)
  }

  /// `nil` for a dispatch that is not ours.
  init?(meta: [String: String]) {
    guard let runID = meta["run_id"], let jobID = meta["job_id"], let attempt = meta["attempt"] else {
      return nil
    }
    self.runID = runID
    self.jobID = jobID
    self.attempt = attempt
  }

  /// Nomad's `idempotency_token`: newer servers answer a repeated dispatch with the first one's job.
  var idempotencyToken: String { "\(runID)/\(jobID)/\(attempt)" }
}

/// What dispatched jobs were for, so that each is asked once; a dispatch's meta never changes.
final class DispatchMemory: Sendable {
  /// More than these are not kept; they are asked again when needed.
  static let maximumEntries = 10_000

  private let known = Mutex<[String: DispatchKey?]>([:])

  /// `nil` when nothing is known; `.some(nil)` for a dispatch that is not ours.
  subscript(handle: String) -> DispatchKey?? {
    known.withLock { $0[handle] }
  }

  func note(_ handle: String, _ key: DispatchKey?) {
    known.withLock { known in
      if known.count >= Self.maximumEntries { known.removeAll() }
      known[handle] = .some(key)
    }
  }
}
