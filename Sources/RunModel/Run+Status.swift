extension Run {
  /// What the forge is to show now: pending until the end.
  package var statusReport: StatusReport {
    StatusReport(state: statusState, description: statusDescription)
  }

  var statusEffect: Effect { .reportStatus(statusReport) }

  private var statusState: StatusReport.State {
    switch state {
    case .waiting, .queued, .dispatched, .running: .pending
    case .succeeded, .skipped: .success
    case .failed: .failure
    case .errored, .cancelled: .error
    }
  }

  private var statusDescription: String {
    switch state {
    case .waiting: "waiting for approval"
    case .queued, .dispatched: "queued"
    case .running: cancellation.map { "stopping: \($0.reason)" } ?? "running"
    case .succeeded: "succeeded\(durationText)"
    case .failed: "failed\(durationText)\(reasonText)"
    case .errored: "error\(reasonText)"
    case .cancelled: reason ?? "cancelled"
    case .skipped: "skipped\(reasonText)"
    }
  }

  private var reasonText: String { reason.map { ": \($0)" } ?? "" }

  /// ` in 1m 05s`, or nothing when it is not known.
  private var durationText: String {
    guard let startedAt, let finishedAt else { return "" }
    let seconds = max(0, (finishedAt.milliseconds - startedAt.milliseconds) / 1_000)
    let rest = seconds % 60
    return seconds < 60 ? " in \(seconds)s" : " in \(seconds / 60)m \(rest < 10 ? "0" : "")\(rest)s"
  }
}
