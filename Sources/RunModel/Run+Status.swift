/// What the forge is to show, and when it is told.
extension Run {
  /// What the forge is to show now for the whole run: pending until the end.
  package var statusReport: StatusReport {
    StatusReport(
      state: state, reason: reason, stoppingReason: cancellation?.reason, startedAt: startedAt,
      finishedAt: finishedAt)
  }

  /// What the forge is to show now for one job; `nil` where the run has no such job.
  package func jobStatusReport(_ id: String) -> StatusReport? {
    job(id).map(StatusReport.init)
  }

  var statusEffect: Effect { .reportStatus(statusReport) }

  /// What the forge shows beside the run's status.
  struct Shown: Hashable {
    fileprivate let run: StatusReport
    /// In the order of the jobs.
    fileprivate let jobs: [StatusReport]
  }

  /// `nil` where nothing but the run's status is reported.
  var shown: Shown? {
    guard plan.reports != Reports() else { return nil }
    return Shown(run: statusReport, jobs: jobs.map(StatusReport.init))
  }

  /// The reports that are due because something else is to be shown than before; all of them for a new run. They come
  /// before the status of the run, whose end is the last to be told.
  func reports(since before: Shown?) -> [Effect] {
    guard let now = shown, now != before else { return [] }
    var effects: [Effect] = []
    if plan.reports.jobStatuses {
      for (index, job) in jobs.enumerated() where before?.jobs[index] != now.jobs[index] {
        effects.append(.reportJobStatus(job: job.id))
      }
    }
    if plan.reports.checks { effects.append(.reportCheck) }
    return effects
  }
}

extension StatusReport {
  fileprivate init(_ job: Job) {
    self.init(
      state: job.state, reason: job.reason, stoppingReason: job.stopping?.reason, startedAt: job.startedAt,
      finishedAt: job.finishedAt)
  }

  /// - Parameter stoppingReason: why what still runs is to stop.
  fileprivate init(
    state: RunModel.State, reason: String?, stoppingReason: String?, startedAt: Instant?, finishedAt: Instant?
  ) {
    let because = reason.map { ": \($0)" } ?? ""
    let duration = Self.durationText(startedAt, finishedAt)
    switch state {
    case .waiting: self.init(state: .pending, description: "waiting for approval")
    case .queued, .dispatched: self.init(state: .pending, description: "queued")
    case .running:
      self.init(state: .pending, description: stoppingReason.map { "stopping: \($0)" } ?? "running")
    case .succeeded: self.init(state: .success, description: "succeeded\(duration)")
    case .failed: self.init(state: .failure, description: "failed\(duration)\(because)")
    case .errored: self.init(state: .error, description: "error\(because)")
    case .cancelled: self.init(state: .error, description: reason ?? "cancelled")
    case .skipped: self.init(state: .success, description: "skipped\(because)")
    }
  }

  /// ` in 1m 05s`, or nothing when it is not known.
  private static func durationText(_ startedAt: Instant?, _ finishedAt: Instant?) -> String {
    guard let startedAt, let finishedAt else { return "" }
    let seconds = max(0, (finishedAt.milliseconds - startedAt.milliseconds) / 1_000)
    let rest = seconds % 60
    return seconds < 60 ? " in \(seconds)s" : " in \(seconds / 60)m \(rest < 10 ? "0" : "")\(rest)s"
  }
}
