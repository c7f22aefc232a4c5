import HTTP
import Platform

/// Release assets: their bytes come to the uploads address and are kept as files.
extension Service {
  func addAssetRoutes(_ routes: inout Routes) {
    routes.on(
      "GET", "/repos/{owner}/{repo}/releases/{id}/assets", listAssets,
      page: "releases/assets#list-release-assets")
    routes.on(
      "POST", "/uploads/repos/{owner}/{repo}/releases/{id}/assets", uploadAsset,
      page: "releases/assets#upload-a-release-asset")
    routes.on(
      "GET", "/repos/{owner}/{repo}/releases/assets/{id}", getAsset,
      page: "releases/assets#get-a-release-asset")
    routes.on(
      "PATCH", "/repos/{owner}/{repo}/releases/assets/{id}", updateAsset,
      page: "releases/assets#update-a-release-asset")
    routes.on(
      "DELETE", "/repos/{owner}/{repo}/releases/assets/{id}", deleteAsset,
      page: "releases/assets#delete-a-release-asset")
    routes.on("GET", "/{owner}/{repo}/releases/download/{tag}/{name}", downloadAsset)
  }

  /// `GET /repos/{owner}/{repo}/releases/{release_id}/assets`
  private func listAssets(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, release) = try release(request, .read)
    let shown = representation
    let items = release.assets.map { shown.asset($0, of: release, in: repository) }
    return request.page(items, origin: shown.origin)
  }

  /// `POST /api/uploads/repos/{owner}/{repo}/releases/{release_id}/assets?name=&label=`
  ///
  /// The asset is there, in state `starter`, from the first byte on; so an upload that breaks off leaves it behind.
  private func uploadAsset(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (repository, release) = try release(request, .write)
    guard let given = request.http.query("name"), !given.isEmpty else {
      throw APIError(status: 400, message: "name wasn't supplied")
    }
    guard let length = request.http.body.length else {
      throw APIError(status: 400, message: "Bad Content-Length: ")
    }
    let asset = try begin(
      AssetName.normalized(given), label: request.http.query("label"),
      contentType: request.http.headers["Content-Type"] ?? "application/octet-stream", in: release,
      of: repository, by: actor(of: request))
    let file = try await ReceivedFile.create(asset.path)
    // Whoever breaks off an upload does not wait for an answer.
    guard let receipt = try? await file.receive(request.http.body), receipt.bytes == length else {
      return .reset
    }
    let whole = model.withLock { model in
      model.update(repository.fullName) { repository in
        repository.updateAsset(asset.id) { asset in
          asset.size = receipt.bytes
          asset.sha256 = receipt.sha256
          asset.state = .uploaded
          asset.updatedAt = .now()
          return asset
        }
      } ?? nil
    }
    // Somebody may have deleted it meanwhile.
    guard let whole else { throw APIError.notFound }
    return .json(representation.asset(whole, of: release, in: repository), status: 201)
  }

  /// Takes the name, which one other upload may have done already.
  private func begin(
    _ name: String, label: String?, contentType: String, in release: Release, of repository: Repository,
    by uploader: Account
  ) throws -> ReleaseAsset {
    let path = newFile(in: "assets")
    let asset = model.withLock { model -> ReleaseAsset? in
      let now = Timestamp.now()
      let asset = ReleaseAsset(
        id: model.makeID(), uploader: uploader, name: name, label: label, contentType: contentType,
        path: path,
        createdAt: now, updatedAt: now)
      return model.update(repository.fullName) { repository -> ReleaseAsset? in
        guard let index = repository.releases.firstIndex(where: { $0.id == release.id }),
          !repository.releases[index].assets.contains(where: { $0.name == name })
        else { return nil }
        repository.releases[index].assets.append(asset)
        return asset
      } ?? nil
    }
    guard let asset else {
      throw APIError.invalid(resource: "ReleaseAsset", field: "name", code: "already_exists")
    }
    return asset
  }

  /// `PATCH /repos/{owner}/{repo}/releases/assets/{asset_id}`: its name and label.
  private func updateAsset(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .write)
    let id = try request.number("id")
    let fields = SchemaObject(try await request.object())
    let name = try fields.text("name").map(AssetName.normalized)
    let label = try fields.text("label")
    guard let release = repository.releases.first(where: { $0.assets.contains { $0.id == id } }) else {
      throw APIError.notFound
    }
    if let name, release.assets.contains(where: { $0.id != id && $0.name == name }) {
      throw APIError.invalid(resource: "ReleaseAsset", field: "name", code: "already_exists")
    }
    let changed = model.withLock { model in
      model.update(repository.fullName) { repository in
        repository.updateAsset(id) { asset in
          asset.name = name ?? asset.name
          asset.label = label ?? asset.label
          asset.updatedAt = .now()
          return asset
        }
      } ?? nil
    }
    guard let changed else { throw APIError.notFound }
    return .json(representation.asset(changed, of: release, in: repository))
  }

  /// `GET /repos/{owner}/{repo}/releases/assets/{asset_id}`: the bytes for `Accept: application/octet-stream`.
  private func getAsset(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let id = try request.number("id")
    for release in repository.releases {
      guard let asset = release.assets.first(where: { $0.id == id }) else { continue }
      if request.http.headers.listContains("Accept", "application/octet-stream") {
        return try await bytes(of: asset, in: repository)
      }
      return .json(representation.asset(asset, of: release, in: repository))
    }
    throw APIError.notFound
  }

  /// `GET /{owner}/{repo}/releases/download/{tag}/{name}`
  private func downloadAsset(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let release = repository.releases.first { $0.tag == request.parameter("tag") && !$0.isDraft }
    guard let asset = release?.assets.first(where: { $0.name == request.parameter("name") }) else {
      throw APIError.notFound
    }
    return try await bytes(of: asset, in: repository)
  }

  private func bytes(of asset: ReleaseAsset, in repository: Repository) async throws -> HTTPServerResponse {
    guard asset.state == .uploaded else { throw APIError.notFound }
    _ = model.withLock { model in
      model.update(repository.fullName) { repository in
        repository.updateAsset(asset.id) { $0.downloads += 1 }
      }
    }
    return HTTPServerResponse(
      headers: [
        "Content-Type": asset.contentType,
        "Content-Disposition": "attachment; filename=\"\(asset.name)\"",
      ],
      body: .stream(try await ByteStream.file(asset.path)))
  }

  /// `DELETE /repos/{owner}/{repo}/releases/assets/{asset_id}`
  private func deleteAsset(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .write)
    let id = try request.number("id")
    let removed = model.withLock { model in
      model.update(repository.fullName) { $0.removeAsset(id) } ?? nil
    }
    guard removed != nil else { throw APIError.notFound }
    return .empty(204)
  }
}
