package import Forge
internal import HTTP
package import Platform

extension GitHubForge {
  private static let maximumNameBytes = 255
  /// A release has at most 1,000 assets.
  private static let maximumPages = 10

  package func releaseAsset(
    repository: String, tag: String, name: String
  ) async throws(ForgeError) -> ReleaseAsset? {
    let repository = try RepositoryName(repository)
    return try await withCredential(for: repository) { credential throws(ForgeError) -> ReleaseAsset? in
      let release = try await self.release(repository, tag, credential)
      return try await asset(named: name, of: release, repository, credential).flatMap {
        $0.isComplete ? $0.asset : nil
      }
    }
  }

  @discardableResult
  package func uploadReleaseAsset(
    repository: String, tag: String, name: String, content: ByteStream,
    contentType: String? = nil
  ) async throws(ForgeError) -> ReleaseAsset {
    let repository = try RepositoryName(repository)
    guard !name.isEmpty, name.utf8.count <= Self.maximumNameBytes else {
      throw ForgeError(.malformed, "a release asset's name has 1 to \(Self.maximumNameBytes) bytes")
    }
    guard let length = content.length else {
      throw ForgeError(.malformed, "the length of release asset '\(name)' is not known")
    }
    // Whatever may be tried twice comes first: the content can be sent only once.
    let (credential, target) = try await withCredential(for: repository) { credential throws(ForgeError) in
      let release = try await self.release(repository, tag, credential)
      try await makeRoom(for: name, on: release, tag, repository, credential)
      return (credential, try uploadURL(of: release, name: name))
    }
    do throws(ForgeError) {
      return try await upload(
        content, length, contentType ?? AssetContentType.ofFile(named: name), to: target, name: name,
        credential)
    } catch {
      guard error.code == .conflict else { throw error }
      throw nameConflict(name, tag, cause: error)
    }
  }

  /// `GET /repos/{owner}/{repo}/releases/tags/{tag}`
  private func release(
    _ repository: RepositoryName, _ tag: String, _ credential: Credential
  ) async throws(ForgeError) -> ReleaseAnswer {
    do throws(ForgeError) {
      return try await api.call(
        APICall(
          "GET", "/repos/\(repository)/releases/tags/\(URLText.encode(tag))", permission: "contents: read"),
        as: credential)
    } catch {
      guard error.code == .notFound else { throw error }
      throw ForgeError(.notFound, "release with tag '\(tag)' not found", cause: error)
    }
  }

  /// `GET /repos/{owner}/{repo}/releases/{release_id}/assets`
  private func asset(
    named name: String, of release: ReleaseAnswer, _ repository: RepositoryName, _ credential: Credential
  ) async throws(ForgeError) -> AssetAnswer? {
    let call = APICall(
      "GET", "/repos/\(repository)/releases/\(release.id)/assets?per_page=\(GitHubAPI.itemsPerPage)",
      permission: "contents: read")
    var found: AssetAnswer?
    try await api.eachPage(of: call, as: credential, maximumPages: Self.maximumPages) {
      (page: [AssetAnswer]) in
      found = page.first { AssetName.isStored($0.name, for: name) }
      return found == nil
    }
    return found
  }

  /// Removes what an upload that broke off left behind (state `starter`), which would hold the name for ever.
  /// `DELETE /repos/{owner}/{repo}/releases/assets/{asset_id}`
  private func makeRoom(
    for name: String, on release: ReleaseAnswer, _ tag: String, _ repository: RepositoryName,
    _ credential: Credential
  ) async throws(ForgeError) {
    guard let existing = try await asset(named: name, of: release, repository, credential) else { return }
    if existing.isComplete {
      // No need to send all of the content to hear this. Whether a name that is only similar is free, GitHub knows.
      guard existing.name != name else { throw nameConflict(name, tag) }
      return
    }
    do throws(ForgeError) {
      _ = try await api.send(
        APICall(
          "DELETE", "/repos/\(repository)/releases/assets/\(existing.id)", permission: "contents: write"),
        as: credential)
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
    _ credential: Credential
  ) async throws(ForgeError) -> ReleaseAsset {
    let label = "the upload of release asset '\(name)'"
    let request = HTTPRequest(
      "POST", url, headers: ["Content-Type": contentType], body: .stream(content),
      timeoutSeconds: GitHubAPI.uploadSeconds)
    let answer: AssetAnswer = try await api.upload(request, as: credential, label: label).decode()
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
