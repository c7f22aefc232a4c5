import HTTP
import Platform

/// A workflow run of a `FakeGitHub`, to be taken from `queued` to its end by a test: nothing advances by itself.
///
/// Every change delivers its webhooks (`workflow_run`, `workflow_job`) in the background. What is completed takes no more.
public struct FakeWorkflowRun: Sendable {
  public let id: Int64
  let repository: String
  let service: Service

  /// The run as it is now.
  public var state: FakeGitHub.WorkflowRun {
    get throws {
      guard let run = try service.found(repository).actions.run(id) else {
        throw FakeGitHubError(.notFound, "\(repository) has no workflow run \(id)")
      }
      return run
    }
  }

  /// Sets what it is before it begins: `requested`, `waiting`, `pending` or `queued`.
  public func hold(_ status: FakeGitHub.WorkflowStatus) throws {
    try service.change(id, in: repository) { try $0.hold(status, at: $1) }
  }

  /// Starts the jobs that wait for no other.
  public func start() throws {
    try service.change(id, in: repository) { try $0.start(at: $1) }
  }

  /// Starts one job, named by its key or its name.
  public func startJob(_ job: String) throws {
    let job = try self.job(job)
    try service.change(id, in: repository) { try $0.startJob(job, at: $1) }
  }

  /// Ends the step that a job is at (its first one is "Set up job", its last one "Complete job"), and begins the next one.
  public func finishStep(
    _ conclusion: FakeGitHub.WorkflowConclusion = .success, of job: String, log: [String] = []
  ) throws {
    let job = try self.job(job)
    try service.change(id, in: repository) { try $0.finishStep(ofJob: job, conclusion, lines: log, at: $1) }
  }

  /// Adds lines to the log of the step that a job is at.
  public func log(_ lines: [String], in job: String) throws {
    let job = try self.job(job)
    try service.change(id, in: repository) { try $0.log(lines, inJob: job, at: $1) }
  }

  /// Ends a job; the run ends with its last one.
  public func completeJob(_ job: String, _ conclusion: FakeGitHub.WorkflowConclusion = .success) throws {
    let job = try self.job(job)
    try service.change(id, in: repository) { try $0.completeJob(job, conclusion, at: $1) }
  }

  /// Ends the run with all its jobs.
  public func complete(_ conclusion: FakeGitHub.WorkflowConclusion = .success) throws {
    try service.change(id, in: repository) { try $0.complete(conclusion, at: $1) }
  }

  /// A remark about lines of a file, as a job's `::error file=...::` makes it.
  public func annotate(
    _ job: String, path: String, line: Int64, level: FakeGitHub.CheckRun.Annotation.Level = .failure,
    message: String, title: String? = nil
  ) throws {
    let annotation = FakeGitHub.CheckRun.Annotation(
      path: path, startLine: line, endLine: line, startColumn: nil, endColumn: nil, level: level,
      message: message, title: title, rawDetails: nil)
    try service.annotate(try self.job(job), with: annotation, in: repository)
  }

  /// Keeps files as an artifact of the run.
  @discardableResult
  public func addArtifact(
    _ name: String, files: [String: FakeFile], isExpired: Bool = false
  ) async throws -> FakeGitHub.WorkflowArtifact {
    try await service.addArtifact(name, files: files, isExpired: isExpired, toRun: id, in: repository)
  }

  /// Another attempt, of all its jobs or of those that failed.
  public func rerun(onlyFailed: Bool = false, by login: String = "alice") throws {
    do {
      try service.rerun(id, onlyFailed: onlyFailed, in: repository, by: service.user(login))
    } catch let error as APIError {
      throw FakeGitHubError(.invalidArgument, error.message, cause: error)
    }
  }

  private func job(_ name: String) throws -> Int64 {
    let run = try state
    guard let job = run.jobs.first(where: { $0.key == name || $0.name == name || String($0.id) == name })
    else {
      throw FakeGitHubError(.notFound, "workflow run \(id) has no job '\(name)'")
    }
    return job.id
  }
}

extension FakeRepository {
  /// The workflow runs, oldest first.
  public var workflowRuns: [FakeWorkflowRun] {
    get throws {
      try service.found(fullName).actions.runs.map {
        FakeWorkflowRun(id: $0.id, repository: fullName, service: service)
      }
    }
  }

  /// The workflow run of that id.
  public func workflowRun(_ id: Int64) throws -> FakeWorkflowRun {
    let run = FakeWorkflowRun(id: id, repository: fullName, service: service)
    _ = try run.state
    return run
  }

  /// Waits for a workflow run, also one that is there already, until it is the one that is meant.
  @discardableResult
  public func waitForWorkflowRun(
    timeoutSeconds: Double = 30,
    where isMeant: @escaping @Sendable (FakeGitHub.WorkflowRun) -> Bool = { _ in true }
  ) async throws -> FakeWorkflowRun {
    let id: Int64
    do {
      id = try await service.model.value(timeoutSeconds: timeoutSeconds, waitingFor: "a workflow run") {
        [fullName] model in
        model.repository(fullName)?.actions.runs.first(where: isMeant)?.id
      }
    } catch let error as SystemError {
      throw FakeGitHubError(.timedOut, "a workflow run did not come within \(timeoutSeconds) s", cause: error)
    }
    return FakeWorkflowRun(id: id, repository: fullName, service: service)
  }

  /// Lets an artifact's time be over: its download is 410 from now on.
  public func expireArtifact(_ id: Int64) throws {
    try service.expireArtifact(id, in: fullName)
  }
}
