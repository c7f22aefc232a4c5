package import Forge
package import RunModel

/// What the forge is to show of a run as it is now: a status, one for each job, and a check.
package struct RunReports: Sendable {
  /// The stem of all contexts: `mise-ci`.
  package let statusContext: String
  /// The origin that people are given.
  package let externalURL: String

  package init(statusContext: String, externalURL: String) {
    self.statusContext = statusContext
    self.externalURL = externalURL
  }

  /// Who speaks. A pull request has a context of its own: the commit may be that of a push as well.
  package func context(of run: Run) -> String {
    run.source.isPullRequest ? "\(statusContext)/pr" : statusContext
  }

  package func status(of run: Run) -> CommitStatus {
    status(run.statusReport, context: context(of: run), page: page(of: run))
  }

  /// `nil` where the run has no such job.
  package func status(ofJob id: String, in run: Run) -> CommitStatus? {
    guard let job = run.job(id), let report = run.jobStatusReport(id) else { return nil }
    return status(report, context: "\(context(of: run))/\(job.name)", page: "\(page(of: run))#\(job.id)")
  }

  /// - Parameter details: of a run that is over.
  func check(of run: Run, details: CheckDetails = CheckDetails()) -> Check {
    CheckContent.make(run: run, context: context(of: run), externalURL: externalURL, details: details)
  }

  private func status(_ report: StatusReport, context: String, page: String) -> CommitStatus {
    CommitStatus(
      state: report.state.commitState, context: context, description: report.description, targetURL: page)
  }

  private func page(of run: Run) -> String { "\(externalURL)/runs/\(run.id)" }
}

extension StatusReport.State {
  fileprivate var commitState: CommitStatus.State {
    switch self {
    case .pending: .pending
    case .success: .success
    case .failure: .failure
    case .error: .error
    }
  }
}
