import HTTP
import Platform

/// Releases.
extension Service {
  func addReleaseRoutes(_ routes: inout Routes) {
    routes.on("GET", "/repos/{owner}/{repo}/releases", listReleases, page: "releases/releases#list-releases")
    routes.on(
      "POST", "/repos/{owner}/{repo}/releases", createRelease, page: "releases/releases#create-a-release")
    routes.on(
      "GET", "/repos/{owner}/{repo}/releases/latest", getLatestRelease,
      page: "releases/releases#get-the-latest-release")
    routes.on(
      "GET", "/repos/{owner}/{repo}/releases/tags/{tag...}", getReleaseByTag,
      page: "releases/releases#get-a-release-by-tag-name")
    routes.on(
      "GET", "/repos/{owner}/{repo}/releases/{id}", getRelease, page: "releases/releases#get-a-release")
    routes.on(
      "PATCH", "/repos/{owner}/{repo}/releases/{id}", updateRelease,
      page: "releases/releases#update-a-release")
    routes.on(
      "DELETE", "/repos/{owner}/{repo}/releases/{id}", deleteRelease,
      page: "releases/releases#delete-a-release")
  }

  /// `GET /repos/{owner}/{repo}/releases`: newest first; drafts only for those who may write.
  private func listReleases(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let shown = representation
    let items = visible(repository.releases, in: repository, to: request).reversed()
      .map { shown.release($0, in: repository) }
    return request.page(items, origin: shown.origin)
  }

  /// `GET /repos/{owner}/{repo}/releases/latest`
  private func getLatestRelease(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    guard let release = repository.releases.last(where: { !$0.isDraft && !$0.isPrerelease }) else {
      throw APIError.notFound
    }
    return .json(representation.release(release, in: repository))
  }

  /// `GET /repos/{owner}/{repo}/releases/tags/{tag}`: a draft is not found by its tag.
  private func getReleaseByTag(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let tag = request.parameter("tag")
    guard let release = repository.releases.first(where: { $0.tag == tag && !$0.isDraft }) else {
      throw APIError.notFound
    }
    return .json(representation.release(release, in: repository))
  }

  /// `GET /repos/{owner}/{repo}/releases/{release_id}`
  private func getRelease(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, release) = try release(request, .read)
    return .json(representation.release(release, in: repository))
  }

  /// `POST /repos/{owner}/{repo}/releases`
  private func createRelease(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .write)
    let fields = SchemaObject(try await request.object())
    try fields.require(["tag_name"])
    let release = try await createRelease(
      in: repository, tag: try fields.text("tag_name") ?? "", target: try fields.text("target_commitish"),
      name: try fields.text("name"), body: try fields.text("body"),
      isDraft: try fields.bool("draft") ?? false, isPrerelease: try fields.bool("prerelease") ?? false,
      author: actor(of: request))
    inBackground { service in _ = try await service.deliverRelease(release.id, of: repository.fullName) }
    var response = HTTPServerResponse.json(
      representation.release(release, in: repository), status: 201)
    response.headers["Location"] = "\(representation.url(repository))/releases/\(release.id)"
    return response
  }

  /// `PATCH /repos/{owner}/{repo}/releases/{release_id}`: a draft is published by `draft: false`.
  private func updateRelease(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, before) = try release(request, .write)
    let fields = SchemaObject(try await request.object())
    var after = before
    after.tag = try fields.text("tag_name") ?? before.tag
    after.target = try fields.text("target_commitish") ?? before.target
    after.name = try fields.text("name") ?? before.name
    after.body = try fields.text("body") ?? before.body
    after.isDraft = try fields.bool("draft") ?? before.isDraft
    after.isPrerelease = try fields.bool("prerelease") ?? before.isPrerelease
    if !after.isDraft { try await makeTag(after.tag, at: after.target, in: repository) }
    let isPublished = before.isDraft && !after.isDraft
    if isPublished { after.publishedAt = .now() }
    let changed = model.withLock { [after] model in
      model.update(repository.fullName) { repository -> Release? in
        guard let index = repository.releases.firstIndex(where: { $0.id == after.id }) else { return nil }
        // Assets may have come meanwhile.
        let assets = repository.releases[index].assets
        repository.releases[index] = after
        repository.releases[index].assets = assets
        return repository.releases[index]
      } ?? nil
    }
    guard let changed else { throw APIError.notFound }
    let actions = isPublished ? Self.publications(of: changed) : ["edited"]
    inBackground { service in
      _ = try await service.deliverRelease(changed.id, of: repository.fullName, actions: actions)
    }
    return .json(representation.release(changed, in: repository))
  }

  /// What GitHub tells of a release that is published: it is a release, or a prerelease, from then on.
  static func publications(of release: Release) -> [String] {
    ["published", release.isPrerelease ? "prereleased" : "released"]
  }

  /// Makes a release; one that is published makes its tag where that is missing, at the target.
  func createRelease(
    in repository: Repository, tag: String, target: String?, name: String?, body: String?, isDraft: Bool,
    isPrerelease: Bool, author: Account
  ) async throws -> Release {
    let target = target ?? repository.defaultBranch
    guard GitRepository.isPlainName(tag) else {
      throw APIError.invalid(
        resource: "Release", field: "tag_name", code: "custom", message: "tag_name is not a valid tag")
    }
    if !isDraft { try await makeTag(tag, at: target, in: repository) }
    let release = model.withLock { model -> Release? in
      let release = Release(
        id: model.makeID(), author: author, tag: tag, target: target, name: name ?? tag, body: body ?? "",
        isDraft: isDraft, isPrerelease: isPrerelease, createdAt: .now(),
        publishedAt: isDraft ? nil : .now())
      return model.update(repository.fullName) { repository -> Release? in
        if repository.releases.contains(where: { $0.tag == tag && !$0.isDraft }) { return nil }
        repository.releases.append(release)
        return release
      } ?? nil
    }
    guard let release else {
      throw APIError.invalid(resource: "Release", field: "tag_name", code: "already_exists")
    }
    return release
  }

  /// The tag that a published release has; where it is missing it is made at the target.
  private func makeTag(_ tag: String, at target: String, in repository: Repository) async throws {
    guard try await repository.git.commit("tags/\(tag)") == nil else { return }
    guard let sha = try await repository.git.commit(target) else {
      throw APIError.invalid(resource: "Release", field: "target_commitish", code: "invalid")
    }
    try await repository.git.tag(tag, at: sha, message: nil)
  }

  /// `DELETE /repos/{owner}/{repo}/releases/{release_id}`; the tag stays.
  private func deleteRelease(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, release) = try release(request, .write)
    _ = model.withLock { model in
      model.update(repository.fullName) { $0.releases.removeAll { $0.id == release.id } }
    }
    return .empty(204)
  }

  /// The release in the path.
  func release(_ request: APIRequest, _ level: PermissionLevel) throws -> (Repository, Release) {
    let repository = try repository(request, "contents", level)
    let id = try request.number("id")
    guard
      let release = visible(repository.releases, in: repository, to: request).first(where: { $0.id == id })
    else { throw APIError.notFound }
    return (repository, release)
  }

  private func visible(
    _ releases: [Release], in repository: Repository, to request: APIRequest
  ) -> [Release] {
    let seesDrafts = request.principal.level(of: "contents", for: repository) >= .write
    return releases.filter { seesDrafts || !$0.isDraft }
  }
}
