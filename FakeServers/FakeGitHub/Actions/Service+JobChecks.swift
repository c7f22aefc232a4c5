import HTTP
import Platform

/// A job of a workflow is a check run of GitHub's own App, of the same id.
extension Service {
  /// The id of the App "GitHub Actions".
  static let actionsAppID: Int64 = 15_368

  /// The App whose check suite that is.
  func app(ofSuite suite: Int64, in repository: Repository) -> JSONValue {
    isOfActions(suite, in: repository) ? representation.actionsApp : integration
  }

  func appID(ofSuite suite: Int64, in repository: Repository) -> String {
    String(isOfActions(suite, in: repository) ? Self.actionsAppID : options.appID)
  }

  private func isOfActions(_ suite: Int64, in repository: Repository) -> Bool {
    repository.actions.runs.contains { $0.checkSuite == suite }
  }

  func annotate(_ job: Int64, with annotation: FakeGitHub.CheckRun.Annotation, in name: String) throws {
    let isThere = model.withLock { model in
      model.update(name) { repository in
        for run in repository.actions.runs.indices {
          for attempt in repository.actions.runs[run].attempts.indices {
            let jobs = repository.actions.runs[run].attempts[attempt].jobs
            guard let index = jobs.firstIndex(where: { $0.id == job }) else { continue }
            repository.actions.runs[run].attempts[attempt].jobs[index].annotations.append(annotation)
            return true
          }
        }
        return false
      } ?? false
    }
    guard isThere else { throw FakeGitHubError(.notFound, "\(name) has no workflow job \(job)") }
  }
}

extension ActionsState {
  /// The job's check run.
  func checkRun(_ id: Int64) -> FakeGitHub.CheckRun? {
    job(id).map { $0.run.checkRun(of: $0.job) }
  }

  /// The check suites of a commit's workflow runs, or all of them.
  func checkSuites(of sha: String? = nil) -> [CheckSuite] {
    runs.filter { sha == nil || $0.headSHA == sha }.map { run in
      CheckSuite(
        id: run.checkSuite, sha: run.headSHA, branch: run.headBranch, before: nil, createdAt: run.createdAt,
        updatedAt: run.attempt.updatedAt)
    }
  }
}

extension FakeGitHub.WorkflowRun {
  /// Those of the newest attempt.
  var checkRuns: [FakeGitHub.CheckRun] { jobs.map { checkRun(of: $0) } }

  fileprivate func checkRun(of job: FakeGitHub.WorkflowJob) -> FakeGitHub.CheckRun {
    let status: FakeGitHub.CheckRun.Status =
      job.status == .completed ? .completed : job.status == .inProgress ? .inProgress : .queued
    return FakeGitHub.CheckRun(
      id: job.id, suite: checkSuite, sha: headSHA, name: job.name, externalID: "job-\(job.id)",
      detailsURL: nil, status: status,
      conclusion: job.conclusion.flatMap { FakeGitHub.CheckRun.Conclusion(rawValue: $0.rawValue) },
      startedAt: Representation.time(job.startedAt ?? job.createdAt),
      completedAt: job.completedAt.map { Representation.time($0) },
      output: FakeGitHub.CheckRun.Output(annotations: job.annotations))
  }
}
