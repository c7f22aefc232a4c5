import Forge
import RunModel

/// What the forge has to show in the end.
extension World {
  /// Of several runs of one commit and context the newest is shown.
  func speaks(_ run: Run) -> Bool {
    !witness.runs.values.contains { other in
      other.source.sha == run.source.sha && other.source.repository == run.source.repository
        && (other.source.event == .pullRequest) == (run.source.event == .pullRequest)
        && other.number > run.number
    }
  }

  func whatTheForgeLacks(of run: Run) -> Breach? {
    let context = run.source.event == .pullRequest ? "mise-ci/pr" : "mise-ci"
    if let breach = status(context, of: run, run.statusReport) { return breach }
    if settings.reports.jobStatuses {
      for job in run.jobs {
        guard let report = run.jobStatusReport(job.id) else { continue }
        if let breach = status("\(context)/\(job.name)", of: run, report) { return breach }
      }
    }
    guard settings.reports.checks else { return nil }
    let shown = forge.checks["\(run.source.sha) \(context) \(run.id)/\(run.attempt)"]
    guard case .completed(let conclusion) = shown, run.state.conclusions.contains(conclusion) else {
      return Breach(
        promise: .checksAreCompleted,
        details: "run \(run.id) is \(run.state), and its check is \(shown.map { "\($0)" } ?? "not there")")
    }
    return nil
  }

  private func status(_ context: String, of run: Run, _ report: StatusReport) -> Breach? {
    let shown = forge.statuses["\(run.source.sha) \(context)"]
    let isOurs = shown?.targetURL?.hasPrefix("http://ci.test/runs/\(run.id)") == true
    guard !isOurs || shown?.state.rawValue != report.state.rawValue else { return nil }
    return Breach(
      promise: .forgeLearnsTheEnd,
      details: "\(context) of run \(run.id) is to be \(report.state), and the forge shows "
        + (shown.map { "\($0.state) of \($0.targetURL ?? "somebody")" } ?? "nothing"))
  }
}

extension State {
  /// How its check may have ended.
  fileprivate var conclusions: [Check.Conclusion] {
    switch self {
    case .waiting, .queued, .dispatched, .running: []
    case .succeeded: [.success]
    case .failed: [.failure]
    case .errored: [.failure, .timedOut]
    case .cancelled: [.cancelled]
    case .skipped: [.skipped]
    }
  }
}
