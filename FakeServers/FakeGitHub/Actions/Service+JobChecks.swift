import Platform

/// A job of a workflow is a check run of GitHub's own App, of the same id.
extension Service {
  /// The id of the App "GitHub Actions".
  static let actionsAppID: Int64 = 15_368

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
    job(id).map { Self.checkRun($0.job, of: $0.run) }
  }

  /// The check runs of a commit's workflow runs, of their newest attempts.
  func checkRuns(of sha: String) -> [FakeGitHub.CheckRun] {
    runs.filter { $0.headSHA == sha }.flatMap { run in run.jobs.map { Self.checkRun($0, of: run) } }
  }

  private static func checkRun(
    _ job: FakeGitHub.WorkflowJob, of run: FakeGitHub.WorkflowRun
  ) -> FakeGitHub.CheckRun {
    let status: FakeGitHub.CheckRun.Status =
      job.status == .completed ? .completed : job.status == .inProgress ? .inProgress : .queued
    return FakeGitHub.CheckRun(
      id: job.id, suite: run.checkSuite, sha: run.headSHA, name: job.name, externalID: "job-\(job.id)",
      detailsURL: nil, status: status,
      conclusion: job.conclusion.flatMap { FakeGitHub.CheckRun.Conclusion(rawValue: $0.rawValue) },
      startedAt: Representation.time(job.startedAt ?? job.createdAt),
      completedAt: job.completedAt.map { Representation.time($0) },
      output: FakeGitHub.CheckRun.Output(annotations: job.annotations))
  }
}
