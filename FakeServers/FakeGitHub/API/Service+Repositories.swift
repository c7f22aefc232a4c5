import HTTP
import Platform

/// Repositories, commits, refs and pull requests: what is read of them.
extension Service {
  func addRepositoryRoutes(_ routes: inout Routes) {
    routes.on("GET", "/repos/{owner}/{repo}", getRepository)
    routes.on("GET", "/repos/{owner}/{repo}/commits/{rest...}", getCommit)
    routes.on("GET", "/repos/{owner}/{repo}/git/ref/{ref...}", getReference)
    routes.on("GET", "/repos/{owner}/{repo}/git/refs/{ref...}", getReference)
    routes.on("GET", "/repos/{owner}/{repo}/pulls/{number}", getPullRequest)
  }

  /// The repository in the path. What one may not see is not found; what one may see but not do is 403.
  func repository(_ request: APIRequest, _ permission: String, _ level: PermissionLevel) throws -> Repository
  {
    let name = "\(request.parameter("owner"))/\(request.parameter("repo"))"
    guard let repository = model.withLock({ $0.repository(name) }), request.principal.canSee(repository)
    else { throw APIError.notFound }
    guard request.principal.level(of: permission, for: repository) >= level else {
      if case .anonymous = request.principal { throw APIError.requiresAuthentication }
      throw APIError.forbidden(needs: permission, level)
    }
    return repository
  }

  /// `GET /repos/{owner}/{repo}`
  private func getRepository(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "metadata", .read)
    let contents = request.principal.level(of: "contents", for: repository)
    return .json(representation.fullRepository(repository, contents: contents))
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}`, and below it `/status`, `/statuses`, `/check-runs` and `/check-suites`.
  ///
  /// A ref may have slashes, so the last segment decides; a branch `x/status` is meant when no `x` is there.
  private func getCommit(_ request: APIRequest) async throws -> HTTPServerResponse {
    let rest = request.parameter("rest")
    let below = [
      ("/status", "statuses", getCombinedStatus), ("/statuses", "statuses", listStatuses),
      ("/check-runs", "checks", listCheckRuns), ("/check-suites", "checks", listCheckSuites),
    ]
    for (suffix, permission, answer) in below where rest.hasSuffix(suffix) {
      let repository = try repository(request, permission, .read)
      let sha = try await self.sha(String(rest.dropLast(suffix.count)), in: repository)
      return try await answer(request, repository, sha)
    }
    let repository = try repository(request, "contents", .read)
    let details = try await repository.git.details(of: try await sha(rest, in: repository))
    return .json(representation.commit(details, in: repository))
  }

  /// `GET /repos/{owner}/{repo}/git/ref/{ref}`
  private func getReference(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let ref = "refs/\(request.parameter("ref"))"
    guard let object = try await repository.git.object(ofRef: ref) else { throw APIError.notFound }
    return .json(representation.reference(ref, sha: object.sha, type: object.type, in: repository))
  }

  /// `GET /repos/{owner}/{repo}/pulls/{pull_number}`
  private func getPullRequest(_ request: APIRequest) async throws -> HTTPServerResponse {
    let base = try repository(request, "pull_requests", .read)
    let number = try request.number("number")
    guard let pull = base.pullRequests.first(where: { $0.number == number }),
      let head = model.withLock({ $0.repository(pull.headRepository) })
    else { throw APIError.notFound }
    return .json(representation.pullRequest(pull, base: base, head: head, forEvent: false))
  }

  /// The sha that a client's ref stands for; 422 as GitHub has it.
  private func sha(_ ref: String, in repository: Repository) async throws -> String {
    guard let sha = try await repository.git.commit(ref) else {
      throw APIError.unprocessable("No commit found for SHA: \(ref)")
    }
    return sha
  }
}
