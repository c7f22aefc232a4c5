import Platform

/// A workflow as GitHub knows it: by the path of its file, whatever that says now.
struct Workflow: Sendable {
  let id: Int64
  let path: String
  var name: String
  var isEnabled = true
  let createdAt: Timestamp
  var updatedAt: Timestamp
  /// How many runs there were.
  var runs: Int64 = 0

  /// The file's name, which stands for the id in paths.
  var fileName: Substring { path.split(separator: "/").last ?? "" }
}

/// GitHub Actions of one repository.
struct ActionsState: Sendable {
  /// By their paths, in the order in which they were seen.
  var workflows: [Workflow] = []
  /// In order of their making.
  var runs: [FakeGitHub.WorkflowRun] = []
  var artifacts: [FakeGitHub.WorkflowArtifact] = []
  /// The workflow files of commits that were asked for lately.
  var files: [String: [WorkflowFile]] = [:]

  /// How many commits' files are kept.
  static let maximumCommits = 64

  func run(_ id: Int64) -> FakeGitHub.WorkflowRun? { runs.first { $0.id == id } }

  /// A job of any attempt, with its run and attempt.
  func job(
    _ id: Int64
  ) -> (job: FakeGitHub.WorkflowJob, run: FakeGitHub.WorkflowRun, attempt: FakeGitHub.Attempt)? {
    for run in runs {
      for attempt in run.attempts {
        if let job = attempt.jobs.first(where: { $0.id == id }) { return (job, run, attempt) }
      }
    }
    return nil
  }

  /// The workflow of that id or file name.
  func workflow(_ name: String) -> Workflow? {
    workflows.first { name == String($0.id) || name == $0.fileName || name == $0.path }
  }
}
