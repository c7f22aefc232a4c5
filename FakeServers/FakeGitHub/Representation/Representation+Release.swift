import HTTP

extension Representation {
  /// A release with its assets.
  func release(
    _ release: Release, in repository: Repository
  ) -> JSONValue {
    let url = "\(url(repository))/releases/\(release.id)"
    let upload = "\(uploads)/repos/\(repository.fullName)/releases/\(release.id)/assets{?name,label}"
    return [
      "url": .string(url), "assets_url": .string("\(url)/assets"), "upload_url": .string(upload),
      "html_url": .string("\(origin)/\(repository.fullName)/releases/tag/\(release.tag)"),
      "tarball_url": .string("\(self.url(repository))/tarball/\(release.tag)"),
      "zipball_url": .string("\(self.url(repository))/zipball/\(release.tag)"),
      "id": .integer(release.id), "node_id": nodeID("RE", release.id),
      "tag_name": .string(release.tag), "target_commitish": .string(release.target),
      "name": JSONValue(release.name), "body": JSONValue(release.body),
      "draft": .bool(release.isDraft), "prerelease": .bool(release.isPrerelease),
      "immutable": false, "created_at": time(release.createdAt),
      "updated_at": time(release.publishedAt ?? release.createdAt),
      "published_at": release.publishedAt.map { time($0) } ?? .null, "author": account(release.author),
      "assets": .array(release.assets.map { asset($0, of: release, in: repository) }),
    ]
  }

  func asset(_ asset: ReleaseAsset, of release: Release, in repository: Repository) -> JSONValue {
    [
      "url": .string("\(url(repository))/releases/assets/\(asset.id)"),
      "browser_download_url": .string(
        "\(origin)/\(repository.fullName)/releases/download/\(release.tag)/\(asset.name)"),
      "id": .integer(asset.id), "node_id": nodeID("RA", asset.id), "name": .string(asset.name),
      "label": JSONValue(asset.label), "state": .string(asset.state.rawValue),
      "content_type": .string(asset.contentType), "size": .integer(asset.size),
      "digest": JSONValue(asset.sha256.map { "sha256:\($0)" }), "download_count": .integer(asset.downloads),
      "created_at": time(asset.createdAt), "updated_at": time(asset.updatedAt),
      "uploader": account(asset.uploader),
    ]
  }
}
