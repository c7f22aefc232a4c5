package import Forge
internal import HTTP
package import Platform

extension GitHubForge {
  private static let maximumNameBytes = 255
  /// A release has at most 1,000 assets, and a page 100.
  private static let maximumPages = 10
  private static let assetsPerPage = 100

  package func releaseAsset(
    repository: String, tag: String, name: String
  ) async throws(ForgeError) -> ReleaseAsset? {
    let repository = try RepositoryName(repository)
    return try await withToken(for: repository) { token throws(ForgeError) -> ReleaseAsset? in
      let release = try await self.release(repository, tag, token)
      return try await asset(named: name, of: release, repository, token).flatMap {
        $0.isComplete ? $0.asset : nil
      }
    }
  }

  @discardableResult
  package func uploadReleaseAsset(
    repository: String, tag: String, name: String, content: ByteStream,
    contentType: String = "application/octet-stream"
  ) async throws(ForgeError) -> ReleaseAsset {
    let repository = try RepositoryName(repository)
    guard !name.isEmpty, name.utf8.count <= Self.maximumNameBytes else {
      throw ForgeError(.malformed, "a release asset's name has 1 to \(Self.maximumNameBytes) bytes")
    }
    guard let length = content.length else {
      throw ForgeError(.malformed, "the length of release asset '\(name)' is not known")
    }
    // Whatever may be tried twice comes first: the content can be sent only once.
    let (token, target) = try await withToken(for: repository) { token throws(ForgeError) in
      let release = try await self.release(repository, tag, token)
      try await makeRoom(for: name, on: release, tag, repository, token)
      return (token, try uploadURL(of: release, name: name))
    }
    do throws(ForgeError) {
      return try await upload(content, length, contentType, to: target, name: name, token)
    } catch {
      guard error.code == .conflict else { throw error }
      throw nameConflict(name, tag, cause: error)
    }
  }

  /// `GET /repos/{owner}/{repo}/releases/tags/{tag}`
  private func release(
    _ repository: RepositoryName, _ tag: String, _ token: String
  ) async throws(ForgeError) -> ReleaseAnswer {
    do throws(ForgeError) {
      return try await api.call(
        "GET", "/repos/\(repository)/releases/tags/\(URLText.encode(tag))", bearer: token)
    } catch {
      guard error.code == .notFound else { throw error }
      throw ForgeError(.notFound, "release with tag '\(tag)' not found", cause: error)
    }
  }

  /// `GET /repos/{owner}/{repo}/releases/{release_id}/assets`
  private func asset(
    named name: String, of release: ReleaseAnswer, _ repository: RepositoryName, _ token: String
  ) async throws(ForgeError) -> AssetAnswer? {
    for page in 1...Self.maximumPages {
      let assets: [AssetAnswer] = try await api.call(
        "GET",
        "/repos/\(repository)/releases/\(release.id)/assets?per_page=\(Self.assetsPerPage)&page=\(page)",
        bearer: token)
      if let found = assets.first(where: { AssetName.isStored($0.name, for: name) }) { return found }
      if assets.count < Self.assetsPerPage { return nil }
    }
    return nil
  }

  /// Removes what an upload that broke off left behind (state `starter`), which would hold the name for ever.
  /// `DELETE /repos/{owner}/{repo}/releases/assets/{asset_id}`
  private func makeRoom(
    for name: String, on release: ReleaseAnswer, _ tag: String, _ repository: RepositoryName, _ token: String
  ) async throws(ForgeError) {
    guard let existing = try await asset(named: name, of: release, repository, token) else { return }
    if existing.isComplete {
      // No need to send all of the content to hear this. Whether a name that is only similar is free, GitHub knows.
      guard existing.name != name else { throw nameConflict(name, tag) }
      return
    }
    do throws(ForgeError) {
      _ = try await api.send("DELETE", "/repos/\(repository)/releases/assets/\(existing.id)", bearer: token)
    } catch {
      // Gone already is what is wanted.
      guard error.code == .notFound else { throw error }
    }
  }

  private func nameConflict(_ name: String, _ tag: String, cause: ForgeError? = nil) -> ForgeError {
    ForgeError(.conflict, "release '\(tag)' already has an asset named '\(name)'", cause: cause)
  }

  /// The place that the release itself names for its assets, without its template (`{?name,label}`).
  ///
  /// The token goes there, so it must be a place that was configured.
  private func uploadURL(of release: ReleaseAnswer, name: String) throws(ForgeError) -> String {
    let base = String(release.uploadURL.prefix { $0 != "{" })
    let known = [configuration.apiURL, configuration.uploadsURL].compactMap(URLText.origin)
    guard let origin = URLText.origin(of: base), known.contains(origin) else {
      throw ForgeError(
        .refused,
        "the release's assets go to '\(base)', which is neither under forge.uploads_url nor forge.api_url")
    }
    return base + "?name=" + URLText.encode(name)
  }

  /// `POST {upload_url}?name={name}`
  private func upload(
    _ content: ByteStream, _ length: Int64, _ contentType: String, to url: String, name: String,
    _ token: String
  ) async throws(ForgeError) -> ReleaseAsset {
    let label = "the upload of release asset '\(name)'"
    let request = HTTPRequest(
      "POST", url, headers: ["Content-Type": contentType], body: .stream(content),
      timeoutSeconds: GitHubAPI.uploadSeconds)
    let response = try await api.send(request, bearer: token, label: label)
    let answer: AssetAnswer = try await api.decode(response, label: label)
    guard answer.isComplete, answer.size == length else {
      throw ForgeError(.unavailable, "GitHub has \(answer.size) of \(length) bytes after \(label)")
    }
    return answer.asset
  }
}

private struct ReleaseAnswer: Decodable, Sendable {
  var id: Int64
  var uploadURL: String

  enum CodingKeys: String, CodingKey {
    case id
    case uploadURL = "upload_url"
  }
}

private struct AssetAnswer: Decodable, Sendable {
  var id: Int64
  var name: String
  /// `uploaded`, or `starter` for one whose bytes have not all come.
  var state: String
  var size: Int64
  /// `sha256:` and hexadecimal digits; older servers have none.
  var digest: String?

  var isComplete: Bool { state == "uploaded" }

  var asset: ReleaseAsset {
    let prefix = "sha256:"
    let sha256 = digest.flatMap {
      $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)).lowercased() : nil
    }
    return ReleaseAsset(name: name, sizeBytes: size, sha256: sha256)
  }
}
