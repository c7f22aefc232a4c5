import Crypto
import HTTP
import Platform

/// The files of a repository, read and changed without git.
extension Service {
  func addContentRoutes(_ routes: inout Routes) {
    let path = "/repos/{owner}/{repo}/contents/{path...}"
    routes.on("GET", path, getContents, page: "repos/contents#get-repository-content")
    routes.on(
      "GET", "/repos/{owner}/{repo}/readme", getReadme, page: "repos/contents#get-a-repository-readme")
    routes.on("PUT", path, putContents, page: "repos/contents#create-or-update-file-contents")
    routes.on("DELETE", path, deleteContents, page: "repos/contents#delete-a-file")
  }

  /// `GET /repos/{owner}/{repo}/contents/{path}?ref=`: an object for a file, a list for a folder, the bytes themselves
  /// for a media type with `raw`.
  private func getContents(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    return try await contents(request, repository, path: Self.trimmed(request.parameter("path")))
  }

  /// `GET /repos/{owner}/{repo}/readme`
  private func getReadme(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let (commit, _) = try await commit(request.http.query("ref"), in: repository)
    let root = try await repository.git.entries(ofTree: commit)
    guard let readme = root.first(where: { $0.path.lowercased().hasPrefix("readme") }) else {
      throw APIError.notFound
    }
    return try await contents(request, repository, path: readme.path)
  }

  private func contents(
    _ request: APIRequest, _ repository: Repository, path: String
  ) async throws -> HTTPServerResponse {
    let (commit, ref) = try await commit(request.http.query("ref"), in: repository)
    guard let entry = try await repository.git.entry(at: path, of: commit) else { throw APIError.notFound }
    let shown = representation
    guard entry.type == "blob" else {
      let entries = try await repository.git.entries(ofTree: entry.sha, below: path)
      return .json(.array(entries.map { shown.content($0, ref: ref, in: repository) }))
    }
    let bytes = try await repository.git.blob(entry.sha) ?? []
    if request.http.headers["Accept"]?.contains("raw") == true {
      return HTTPServerResponse(
        headers: ["Content-Type": "application/vnd.github.raw+json; charset=utf-8"], body: .bytes(bytes))
    }
    return .json(shown.file(entry, bytes: bytes, ref: ref, in: repository))
  }

  /// `PUT /repos/{owner}/{repo}/contents/{path}`
  private func putContents(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .write)
    let fields = SchemaObject(try await request.object(upTo: Self.maximumContentBytes))
    try fields.require(["message", "content"])
    let path = Self.trimmed(request.parameter("path"))
    // Clients break the lines of what they encode.
    let encoded = (try fields.text("content") ?? "").filter { !$0.isWhitespace }
    guard let bytes = Base64.decode(encoded) else {
      throw APIError.unprocessable("content is not valid Base64")
    }
    let (commit, isNew) = try await change(path, in: repository, by: request, fields, to: FakeFile(bytes))
    guard let entry = try await repository.git.entry(at: path, of: commit.sha) else {
      throw APIError.notFound
    }
    let branch = try fields.text("branch") ?? repository.defaultBranch
    return .json(
      [
        "content": representation.content(entry, ref: branch, in: repository),
        "commit": representation.gitCommit(commit, in: repository),
      ] as JSONValue, status: isNew ? 201 : 200)
  }

  /// `DELETE /repos/{owner}/{repo}/contents/{path}`, its members in the body or the query.
  private func deleteContents(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .write)
    var members = try await request.object()
    for (name, value) in request.http.query where members[name] == nil { members[name] = .string(value) }
    let fields = SchemaObject(members)
    try fields.require(["message", "sha"])
    let path = Self.trimmed(request.parameter("path"))
    let (commit, _) = try await change(path, in: repository, by: request, fields, to: nil)
    return .json(["content": nil, "commit": representation.gitCommit(commit, in: repository)] as JSONValue)
  }

  /// GitHub takes files up to 100 MB; a fake's are smaller.
  private static let maximumContentBytes = 32 << 20

  /// Commits the file, or its removal, and delivers the push behind the request.
  private func change(
    _ path: String, in repository: Repository, by request: APIRequest, _ fields: SchemaObject,
    to file: FakeFile?
  ) async throws -> (GitCommit, isNew: Bool) {
    guard !path.isEmpty, !path.split(separator: "/").contains(where: { $0 == ".." || $0 == ".git" }) else {
      throw APIError.unprocessable("path contains a malformed path component")
    }
    let git = repository.git
    let branch = try fields.text("branch") ?? repository.defaultBranch
    let old = try await git.commit("heads/\(branch)")
    // Only an empty repository gets its branch by a file.
    if old == nil, try await !git.refs().isEmpty {
      throw APIError(status: 404, message: "Branch \(branch) not found")
    }
    let entry = if let old { try await git.entry(at: path, of: old) } else { GitRepository.Entry?.none }
    if let entry {
      guard let sha = try fields.text("sha") else { throw SchemaObject.refusal("\"sha\" wasn't supplied.") }
      guard sha == entry.sha else { throw APIError(status: 409, message: "\(path) does not match \(sha)") }
    } else if file == nil {
      throw APIError.notFound
    }
    let author = try fields.object("author")?.text("name") ?? actor(of: request).login
    let new = try await git.commit(
      files: file.map { [path: $0] } ?? [:], removing: file == nil ? [path] : [],
      message: try fields.text("message") ?? "", branch: branch, startingAt: nil, author: author, at: .now())
    let login = actor(of: request).login
    inBackground { service in
      _ = try await service.deliverPush(
        of: "refs/heads/\(branch)", from: old ?? GitRepository.zero, to: new, in: repository.fullName,
        by: login)
    }
    return (try await git.details(of: new), entry == nil)
  }

  /// The commit that is asked for, by default the default branch's, and how it is called.
  private func commit(
    _ ref: String?, in repository: Repository
  ) async throws -> (sha: String, ref: String) {
    let name = ref ?? repository.defaultBranch
    if let sha = try await repository.git.commit(name) { return (sha, name) }
    throw APIError(
      status: 404,
      message: ref == nil ? "This repository is empty." : "No commit found for the ref \(name)")
  }

  private static func trimmed(_ path: String) -> String {
    path.split(separator: "/").joined(separator: "/")
  }
}
