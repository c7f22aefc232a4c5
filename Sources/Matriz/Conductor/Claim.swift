package import Forge
package import RunModel

/// Something that the forge is to show of a run now, and what it shows instead.
///
/// It is told by the outbox, and is to be seen then. It is not when somebody else has overwritten it, or when a request
/// of an earlier process of ours arrived after those of the present one.
package enum Claim: Hashable, Sendable {
  case status(CommitStatus)
  case jobStatus(job: String, CommitStatus)
  case check(name: String, externalID: String, Check.State)

  /// All that the forge is to show of a run.
  package static func all(of run: Run, _ reports: RunReports, supportsChecks: Bool) -> [Claim] {
    var claims = [status(reports.status(of: run))]
    if run.plan.reports.jobStatuses {
      claims += run.jobs.compactMap { job in
        reports.status(ofJob: job.id, in: run).map { jobStatus(job: job.id, $0) }
      }
    }
    if run.plan.reports.checks, supportsChecks {
      claims.append(
        .check(
          name: reports.context(of: run), externalID: CheckContent.externalID(of: run),
          CheckContent.state(of: run)))
    }
    return claims
  }

  /// What has it told again.
  package func effect(of run: Run) -> Effect {
    switch self {
    case .status: .reportStatus(run.statusReport)
    case .jobStatus(let job, _): .reportJobStatus(job: job)
    case .check: .reportCheck
    }
  }

  /// Whether a status is as it should be. Its words do not count: they change from one moment to the next, and a forge
  /// may have its own way with them.
  package static func isMet(_ claimed: CommitStatus, by shown: CommitStatus?) -> Bool {
    shown?.state == claimed.state && shown?.targetURL == claimed.targetURL
  }

  /// Whether a check is as it should be, or cannot be mended: a forge lets none go back, and one that is over is what it
  /// is.
  package static func isMet(_ claimed: Check.State, by shown: Check.State?) -> Bool {
    guard let shown else { return false }
    return shown.isFinal || shown == claimed || (claimed, shown) == (.queued, .inProgress)
  }
}
