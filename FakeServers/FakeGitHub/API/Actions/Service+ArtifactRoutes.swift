import HTTP
import Platform

/// Artifacts of workflow runs: `/repos/{owner}/{repo}/actions/artifacts`.
extension Service {
  func addArtifactRoutes(_ routes: inout Routes) {
    let path = "/repos/{owner}/{repo}/actions"
    routes.on("GET", "\(path)/runs/{run}/artifacts") { [self] request in
      let (repository, run) = try run(request, .read)
      return listArtifacts(repository.actions.artifacts.filter { $0.run == run.id }, request, repository)
    }
    routes.on("GET", "\(path)/artifacts") { [self] request in
      let repository = try repository(request, "actions", .read)
      return listArtifacts(repository.actions.artifacts, request, repository)
    }
    routes.on(
      "GET", "\(path)/artifacts/{artifact}", getArtifact, page: "actions/artifacts#get-an-artifact")
    routes.on(
      "GET", "\(path)/artifacts/{artifact}/{format}", downloadArtifact,
      page: "actions/artifacts#download-an-artifact")
    routes.on(
      "DELETE", "\(path)/artifacts/{artifact}", deleteArtifact, page: "actions/artifacts#delete-an-artifact")
  }

  /// `GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts?name=`, and `/actions/artifacts`: newest first.
  private func listArtifacts(
    _ artifacts: [FakeGitHub.WorkflowArtifact], _ request: APIRequest, _ repository: Repository
  ) -> HTTPServerResponse {
    let name = request.http.query("name")
    let shown = representation
    let items = artifacts.reversed().filter { name == nil || $0.name == name }
      .map { shown.workflowArtifact($0, of: repository.actions.run($0.run), in: repository) }
    return request.page(items, origin: shown.origin) { page in
      ["total_count": .integer(Int64(items.count)), "artifacts": .array(page)]
    }
  }

  /// `GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}`
  private func getArtifact(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, artifact) = try artifact(request, .read)
    let run = repository.actions.run(artifact.run)
    return .json(representation.workflowArtifact(artifact, of: run, in: repository))
  }

  /// `GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}`: 302 to an archive; the only format is `zip`.
  private func downloadArtifact(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, artifact) = try artifact(request, .read)
    try requireIdentity(request)
    guard request.parameter("format") == "zip" else { throw APIError.notFound }
    guard !artifact.isExpired else { throw APIError(status: 410, message: "Artifact has expired") }
    return redirect(to: "\(repository.id)/artifact/\(artifact.id)")
  }

  /// `DELETE /repos/{owner}/{repo}/actions/artifacts/{artifact_id}`
  private func deleteArtifact(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, artifact) = try artifact(request, .write)
    model.withLock { model in
      _ = model.update(repository.fullName) { $0.actions.artifacts.removeAll { $0.id == artifact.id } }
    }
    return .empty(204)
  }

  private func artifact(
    _ request: APIRequest, _ level: PermissionLevel
  ) throws -> (Repository, FakeGitHub.WorkflowArtifact) {
    let repository = try repository(request, "actions", level)
    let id = try request.number("artifact")
    guard let artifact = repository.actions.artifacts.first(where: { $0.id == id }) else {
      throw APIError.notFound
    }
    return (repository, artifact)
  }
}
