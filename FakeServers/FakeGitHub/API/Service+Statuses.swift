import HTTP
import Platform

/// Commit statuses.
extension Service {
  /// GitHub keeps at most so many per sha and context.
  static let maximumStatuses = 1_000
  /// Longer descriptions are refused.
  static let maximumDescriptionCharacters = 140

  static let maximumContextCharacters = 255

  func addStatusRoutes(_ routes: inout Routes) {
    routes.on(
      "POST", "/repos/{owner}/{repo}/statuses/{sha}", createStatus,
      page: "commits/statuses#create-a-commit-status")
    routes.on("GET", "/repos/{owner}/{repo}/statuses/{sha}") { [self] request in
      let repository = try repository(request, "statuses", .read)
      return try await listStatuses(request, repository, request.parameter("sha"))
    }
  }

  /// `POST /repos/{owner}/{repo}/statuses/{sha}`
  private func createStatus(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "statuses", .write)
    let sha = request.parameter("sha")
    let fields = SchemaObject(try await request.object())
    guard let state = try fields.text("state").flatMap({ FakeGitHub.CommitStatus.State(rawValue: $0) })
    else {
      throw APIError.invalid(
        resource: "Status", field: "state", code: "custom", message: "state is not included in the list")
    }
    let description = try fields.optionalText("description")
    if let description, description.count > Self.maximumDescriptionCharacters {
      throw APIError.invalid(
        resource: "Status", field: "description", code: "custom",
        message: "description is too long (maximum is 140 characters)")
    }
    let target = try fields.optionalText("target_url")
    if let target, !target.isEmpty, !target.hasPrefix("http://"), !target.hasPrefix("https://") {
      throw APIError.invalid(
        resource: "Status", field: "target_url", code: "custom",
        message: "target_url must use http(s) scheme")
    }
    // Only a whole sha names a commit here; a branch does not.
    guard sha.utf8.count == 40, let commit = try await repository.git.commit(sha) else {
      throw APIError.unprocessable("No commit found for SHA: \(sha)")
    }
    let context = try fields.text("context") ?? "default"
    guard context.count <= Self.maximumContextCharacters else {
      throw APIError.invalid(
        resource: "Status", field: "context", code: "custom",
        message: "context is too long (maximum is \(Self.maximumContextCharacters) characters)")
    }
    let status = try record(
      state, of: commit, context: context, description: description, target: target, in: repository,
      by: actor(of: request))
    announceStatus(status, in: repository)
    return .json(representation.status(status, in: repository, creator: actor(of: request)), status: 201)
  }

  private func record(
    _ state: FakeGitHub.CommitStatus.State, of sha: String, context: String, description: String?,
    target: String?, in repository: Repository, by creator: Account
  ) throws -> FakeGitHub.CommitStatus {
    let status = model.withLock { model -> FakeGitHub.CommitStatus? in
      let id = model.makeID()
      return model.update(repository.fullName) { repository -> FakeGitHub.CommitStatus? in
        let same = repository.statuses.filter { $0.sha == sha && $0.context == context }
        guard same.count < Self.maximumStatuses else { return nil }
        let status = FakeGitHub.CommitStatus(
          id: id, sha: sha, state: state, context: context, description: description, targetURL: target,
          creator: creator.login, createdAt: Representation.time(.now()))
        repository.statuses.append(status)
        return status
      } ?? nil
    }
    guard let status else {
      throw APIError(
        status: 422, message: "Validation Failed",
        errors: ["This SHA and context has reached the maximum number of statuses."])
    }
    return status
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}/statuses`: newest first.
  func listStatuses(
    _ request: APIRequest, _ repository: Repository, _ sha: String
  ) async throws -> HTTPServerResponse {
    let shown = representation
    let items = repository.statuses.filter { $0.sha == sha }.reversed()
      .map { shown.status($0, in: repository, creator: $0.creator == bot.login ? bot : user($0.creator)) }
    return request.page(items, origin: shown.origin)
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}/status`
  func getCombinedStatus(
    _ request: APIRequest, _ repository: Repository, _ sha: String
  ) async throws -> HTTPServerResponse {
    var seen: Set<String> = []
    let newest = repository.statuses.filter { $0.sha == sha }.reversed()
      .filter { seen.insert($0.context).inserted }
    return .json(representation.combinedStatus(newest, sha: sha, in: repository))
  }
}
