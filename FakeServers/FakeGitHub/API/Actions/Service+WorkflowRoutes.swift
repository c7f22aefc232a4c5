import HTTP

/// Workflows: `/repos/{owner}/{repo}/actions/workflows`.
extension Service {
  func addActionsRoutes(_ routes: inout Routes) {
    addWorkflowRoutes(&routes)
    addWorkflowRunRoutes(&routes)
    addWorkflowJobRoutes(&routes)
    addArtifactRoutes(&routes)
    addSignedLinkRoutes(&routes)
  }

  private func addWorkflowRoutes(_ routes: inout Routes) {
    let path = "/repos/{owner}/{repo}/actions/workflows"
    routes.on("GET", path, listWorkflows, page: "actions/workflows#list-repository-workflows")
    routes.on("GET", "\(path)/{workflow}", getWorkflow, page: "actions/workflows#get-a-workflow")
    routes.on(
      "GET", "\(path)/{workflow}/runs", listRunsOfWorkflow,
      page: "actions/workflow-runs#list-workflow-runs-for-a-workflow")
    routes.on(
      "POST", "\(path)/{workflow}/dispatches", dispatchWorkflow,
      page: "actions/workflows#create-a-workflow-dispatch-event")
    routes.on("PUT", "\(path)/{workflow}/enable") { [self] in try await setWorkflow($0, isEnabled: true) }
    routes.on("PUT", "\(path)/{workflow}/disable") { [self] in try await setWorkflow($0, isEnabled: false) }
  }

  /// `GET /repos/{owner}/{repo}/actions/workflows`
  private func listWorkflows(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try await withWorkflows(try repository(request, "actions", .read))
    let shown = representation
    let items = repository.actions.workflows.map { shown.workflow($0, in: repository) }
    return request.page(items, origin: shown.origin) { page in
      ["total_count": .integer(Int64(items.count)), "workflows": .array(page)]
    }
  }

  /// `GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}`: by id or by file name.
  private func getWorkflow(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, workflow) = try await workflow(request, .read)
    return .json(representation.workflow(workflow, in: repository))
  }

  /// `GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs`
  private func listRunsOfWorkflow(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, workflow) = try await workflow(request, .read)
    return try listRuns(repository.actions.runs.filter { $0.workflowID == workflow.id }, request, repository)
  }

  /// `PUT /repos/{owner}/{repo}/actions/workflows/{workflow_id}/enable`, and `/disable`.
  private func setWorkflow(_ request: APIRequest, isEnabled: Bool) async throws -> HTTPServerResponse {
    let (repository, workflow) = try await workflow(request, .write)
    updateWorkflow(workflow.id, in: repository.fullName) { $0.isEnabled = isEnabled }
    return .empty(204)
  }

  /// The repository and the workflow in the path.
  func workflow(
    _ request: APIRequest, _ level: PermissionLevel
  ) async throws -> (Repository, Workflow) {
    let repository = try await withWorkflows(try repository(request, "actions", level))
    guard let workflow = repository.actions.workflow(request.parameter("workflow")) else {
      throw APIError.notFound
    }
    return (repository, workflow)
  }
}
