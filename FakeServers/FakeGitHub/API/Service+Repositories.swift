import HTTP
import Platform

/// Repositories.
extension Service {
  func addRepositoryRoutes(_ routes: inout Routes) {
    routes.on("GET", "/repos/{owner}/{repo}", getRepository, page: "repos/repos#get-a-repository")
    routes.on("PATCH", "/repos/{owner}/{repo}", updateRepository, page: "repos/repos#update-a-repository")
    routes.on("GET", "/repos/{owner}/{repo}/forks", listForks, page: "repos/forks#list-forks")
    routes.on(
      "GET", "/repos/{owner}/{repo}/{form}/{ref...}", getArchive,
      page: "repos/contents#download-a-repository-archive-tar")
    routes.on(
      "GET", "/user/repos", listOwnRepositories,
      page: "repos/repos#list-repositories-for-the-authenticated-user")
    routes.on(
      "GET", "/users/{owner}/repos", listRepositories, page: "repos/repos#list-repositories-for-a-user")
    routes.on(
      "GET", "/orgs/{owner}/repos", listRepositories, page: "repos/repos#list-organization-repositories")
  }

  /// The repository in the path. What one may not see is not found; what one may see but not do is 403.
  func repository(_ request: APIRequest, _ permission: String, _ level: PermissionLevel) throws -> Repository
  {
    let name = "\(request.parameter("owner"))/\(request.parameter("repo"))"
    guard let repository = model.withLock({ $0.repository(name) }), request.principal.canSee(repository)
    else { throw APIError.notFound }
    request.permission.note(permission, level)
    guard request.principal.level(of: permission, for: repository) >= level else {
      if case .anonymous = request.principal { throw APIError.requiresAuthentication }
      throw APIError.forbidden
    }
    return repository
  }

  /// `GET /repos/{owner}/{repo}`
  private func getRepository(_ request: APIRequest) async throws -> HTTPServerResponse {
    .json(full(try repository(request, "metadata", .read), for: request))
  }

  /// `PATCH /repos/{owner}/{repo}`: its name, which delivers `repository.renamed`.
  private func updateRepository(_ request: APIRequest) async throws -> HTTPServerResponse {
    let before = try repository(request, "administration", .write)
    let fields = SchemaObject(try await request.object())
    guard let name = try fields.text("name"), name != before.name else {
      return .json(full(before, for: request))
    }
    let moved: Repository
    do {
      moved = try move(before.fullName, to: "\(before.owner.login)/\(name)")
    } catch is FakeGitHubError {
      throw APIError.invalid(
        resource: "Repository", field: "name", code: "custom", message: "name already exists on this account")
    }
    let sender = actor(of: request)
    inBackground { service in _ = try await service.deliverMove(from: before, to: moved, by: sender) }
    return .json(full(moved, for: request))
  }

  /// `GET /repos/{owner}/{repo}/forks`
  private func listForks(_ request: APIRequest) async throws -> HTTPServerResponse {
    let parent = try repository(request, "metadata", .read)
    return list(request) { $0.parent == parent.fullName }
  }

  /// `GET /repos/{owner}/{repo}/tarball/{ref}` and `/zipball/{ref}`: 302 to where the archive is made.
  private func getArchive(_ request: APIRequest) async throws -> HTTPServerResponse {
    let ending =
      switch request.parameter("form") {
      case "tarball": "tar.gz"
      case "zipball": "zip"
      default: throw APIError.notFound
      }
    let repository = try repository(request, "contents", .read)
    let given = request.parameter("ref")
    let ref = given.isEmpty ? repository.defaultBranch : given
    guard try await repository.git.commit(ref.hasPrefix("refs/") ? String(ref.dropFirst(5)) : ref) != nil
    else {
      throw APIError.notFound
    }
    let path = "\(repository.fullName)/legacy.\(ending)/\(Representation.path(ref))"
    return .empty(302, headers: ["Location": "\(representation.origin)/\(path)"])
  }

  /// `GET /user/repos`: those that the user may change.
  private func listOwnRepositories(_ request: APIRequest) async throws -> HTTPServerResponse {
    try requireUser(request)
    return list(request) { _ in true }
  }

  /// `GET /users/{username}/repos`, `GET /orgs/{org}/repos`
  private func listRepositories(_ request: APIRequest) async throws -> HTTPServerResponse {
    let owner = try account(request, "owner")
    return list(request) { $0.owner.id == owner.id }
  }

  private func list(
    _ request: APIRequest, where isMeant: (Repository) -> Bool
  ) -> HTTPServerResponse {
    let shown = representation
    let items = model.withLock { Array($0.repositories.values) }
      .filter { request.principal.canSee($0) && isMeant($0) }.sorted { $0.id < $1.id }
      .map { shown.repository($0) }
    return request.page(items, origin: shown.origin)
  }

  private func full(_ repository: Repository, for request: APIRequest) -> JSONValue {
    let contents = request.principal.level(of: "contents", for: repository)
    return representation.fullRepository(
      repository, contents: contents,
      parent: repository.parent.flatMap { name in model.withLock { $0.repository(name) } })
  }
}
