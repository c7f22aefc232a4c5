import HTTP
import Platform

/// Workflow runs: `/repos/{owner}/{repo}/actions/runs`.
extension Service {
  func addWorkflowRunRoutes(_ routes: inout Routes) {
    let path = "/repos/{owner}/{repo}/actions/runs"
    routes.on("GET", path) { [self] request in
      let repository = try repository(request, "actions", .read)
      return try listRuns(repository.actions.runs, request, repository)
    }
    routes.on("GET", "\(path)/{run}", getRun, page: "actions/workflow-runs#get-a-workflow-run")
    routes.on("GET", "\(path)/{run}/attempts/{attempt}", getRun)
    routes.on(
      "DELETE", "\(path)/{run}", deleteRun, page: "actions/workflow-runs#delete-a-workflow-run")
    routes.on(
      "GET", "\(path)/{run}/logs", getRunLogs, page: "actions/workflow-runs#download-workflow-run-logs")
    routes.on("GET", "\(path)/{run}/attempts/{attempt}/logs", getRunLogs)
    routes.on(
      "DELETE", "\(path)/{run}/logs", deleteRunLogs, page: "actions/workflow-runs#delete-workflow-run-logs")
    routes.on(
      "POST", "\(path)/{run}/cancel", cancelRun, page: "actions/workflow-runs#cancel-a-workflow-run")
    routes.on("POST", "\(path)/{run}/force-cancel", cancelRun)
    routes.on("POST", "\(path)/{run}/rerun") { [self] in try await rerunRun($0, onlyFailed: false) }
    routes.on("POST", "\(path)/{run}/rerun-failed-jobs") { [self] in try await rerunRun($0, onlyFailed: true)
    }
  }

  /// `GET /repos/{owner}/{repo}/actions/runs`: newest first, those that the query asks for.
  func listRuns(
    _ runs: [FakeGitHub.WorkflowRun], _ request: APIRequest, _ repository: Repository
  ) throws -> HTTPServerResponse {
    let filter = try WorkflowRunFilter(request.http.query)
    let shown = representation
    let items = runs.reversed().filter { filter.matches($0) }
      .map { shown.workflowRun($0, $0.attempt, in: repository) }
    return request.page(items, origin: shown.origin) { page in
      ["total_count": .integer(Int64(items.count)), "workflow_runs": .array(page)]
    }
  }

  /// `GET /repos/{owner}/{repo}/actions/runs/{run_id}`, and below it `/attempts/{attempt_number}`.
  private func getRun(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, run) = try run(request, .read)
    return .json(representation.workflowRun(run, try attempt(request, of: run), in: repository))
  }

  /// `DELETE /repos/{owner}/{repo}/actions/runs/{run_id}`
  private func deleteRun(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, run) = try run(request, .write)
    guard run.isCompleted else {
      throw APIError(status: 403, message: "Could not delete the workflow run")
    }
    model.withLock { model in
      _ = model.update(repository.fullName) { repository in
        repository.actions.runs.removeAll { $0.id == run.id }
        repository.actions.artifacts.removeAll { $0.run == run.id }
      }
    }
    return .empty(204)
  }

  /// `GET /repos/{owner}/{repo}/actions/runs/{run_id}/logs`, and `/attempts/{attempt_number}/logs`: 302 to an archive.
  private func getRunLogs(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, run) = try run(request, .read)
    try requireIdentity(request)
    let attempt = try attempt(request, of: run)
    guard attempt.status == .completed else { throw APIError.notFound }
    guard run.hasLogs else { throw Self.logsAreGone }
    return redirect(to: "\(repository.id)/logs/\(run.id)/\(attempt.number)")
  }

  /// `DELETE /repos/{owner}/{repo}/actions/runs/{run_id}/logs`
  private func deleteRunLogs(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, run) = try run(request, .write)
    guard run.isCompleted else {
      throw APIError(status: 403, message: "Cannot delete logs of a workflow run that is not completed.")
    }
    try change(run.id, in: repository.fullName) { run, _ in
      run.hasLogs = false
      return []
    }
    return .empty(204)
  }

  /// `POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel`, and `/force-cancel`.
  private func cancelRun(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, run) = try run(request, .write)
    guard try cancel(run.id, in: repository.fullName) else {
      throw APIError(status: 409, message: "Cannot cancel a workflow run that is completed.")
    }
    return .json([:] as JSONValue, status: 202)
  }

  /// `POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun`, and `/rerun-failed-jobs`.
  private func rerunRun(_ request: APIRequest, onlyFailed: Bool) async throws -> HTTPServerResponse {
    let (repository, run) = try run(request, .write)
    try rerun(run.id, onlyFailed: onlyFailed, in: repository.fullName, by: actor(of: request))
    return .json([:] as JSONValue, status: 201)
  }

  /// The repository and the run in the path.
  func run(
    _ request: APIRequest, _ level: PermissionLevel
  ) throws -> (Repository, FakeGitHub.WorkflowRun) {
    let repository = try repository(request, "actions", level)
    guard let run = repository.actions.run(try request.number("run")) else { throw APIError.notFound }
    return (repository, run)
  }

  /// The attempt in the path, else the newest one.
  func attempt(_ request: APIRequest, of run: FakeGitHub.WorkflowRun) throws -> FakeGitHub.Attempt {
    guard !request.parameter("attempt").isEmpty else { return run.attempt }
    let number = try request.number("attempt")
    guard let attempt = run.attempts.first(where: { $0.number == number }) else { throw APIError.notFound }
    return attempt
  }

  /// Logs and artifacts are nobody's who does not say who it is, of a public repository either.
  func requireIdentity(_ request: APIRequest) throws {
    if case .anonymous = request.principal { throw APIError.requiresAuthentication }
  }

  static let logsAreGone = APIError(
    status: 410, message: "The logs for this run have expired and are no longer available.")
}
