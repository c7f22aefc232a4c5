import HTTP

/// Jobs of workflow runs: `/repos/{owner}/{repo}/actions/jobs`.
extension Service {
  func addWorkflowJobRoutes(_ routes: inout Routes) {
    let path = "/repos/{owner}/{repo}/actions"
    routes.on(
      "GET", "\(path)/runs/{run}/jobs", listJobs, page: "actions/workflow-jobs#list-jobs-for-a-workflow-run")
    routes.on("GET", "\(path)/runs/{run}/attempts/{attempt}/jobs", listJobs)
    routes.on(
      "GET", "\(path)/jobs/{job}", getJob, page: "actions/workflow-jobs#get-a-job-for-a-workflow-run")
    routes.on(
      "GET", "\(path)/jobs/{job}/logs", getJobLogs,
      page: "actions/workflow-jobs#download-job-logs-for-a-workflow-run")
    routes.on("POST", "\(path)/jobs/{job}/rerun", rerunJob)
  }

  /// `GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs?filter=latest|all`, and `/attempts/{attempt_number}/jobs`.
  private func listJobs(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, run) = try run(request, .read)
    let ofAll = request.http.query("filter") == "all" && request.parameter("attempt").isEmpty
    let attempts = ofAll ? run.attempts : [try attempt(request, of: run)]
    let shown = representation
    let items = attempts.flatMap { attempt in
      attempt.jobs.map { shown.workflowJob($0, of: run, attempt, in: repository) }
    }
    return request.page(items, origin: shown.origin) { page in
      ["total_count": .integer(Int64(items.count)), "jobs": .array(page)]
    }
  }

  /// `GET /repos/{owner}/{repo}/actions/jobs/{job_id}`
  private func getJob(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, found) = try job(request, .read)
    return .json(representation.workflowJob(found.job, of: found.run, found.attempt, in: repository))
  }

  /// `GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs`: 302 to a text.
  private func getJobLogs(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, found) = try job(request, .read)
    try requireIdentity(request)
    guard found.job.status == .completed else { throw APIError.notFound }
    guard found.run.hasLogs else { throw Self.logsAreGone }
    return redirect(to: "\(repository.id)/job/\(found.job.id)")
  }

  /// `POST /repos/{owner}/{repo}/actions/jobs/{job_id}/rerun`: with those that need it.
  private func rerunJob(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, found) = try job(request, .write)
    try rerun(found.run.id, onlyJob: found.job.id, in: repository.fullName, by: actor(of: request))
    return .json([:] as JSONValue, status: 201)
  }

  private typealias FoundJob = (
    job: FakeGitHub.WorkflowJob, run: FakeGitHub.WorkflowRun, attempt: FakeGitHub.Attempt
  )

  private func job(_ request: APIRequest, _ level: PermissionLevel) throws -> (Repository, FoundJob) {
    let repository = try repository(request, "actions", level)
    guard let found = repository.actions.job(try request.number("job")) else { throw APIError.notFound }
    return (repository, found)
  }
}
