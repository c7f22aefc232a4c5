import HTTP
import Platform

/// Git's refs and objects, branches and tags.
extension Service {
  func addReferenceRoutes(_ routes: inout Routes) {
    let git = "/repos/{owner}/{repo}/git"
    routes.on("GET", "\(git)/ref/{ref...}", getReference, page: "git/refs#get-a-reference")
    routes.on("GET", "\(git)/refs/{ref...}", getReference, page: "git/refs#get-a-reference")
    routes.on(
      "GET", "\(git)/matching-refs/{ref...}", listReferences, page: "git/refs#list-matching-references")
    routes.on("GET", "\(git)/refs", listReferences, page: "git/refs#list-matching-references")
    routes.on("POST", "\(git)/refs", createReference, page: "git/refs#create-a-reference")
    routes.on("PATCH", "\(git)/refs/{ref...}", updateReference, page: "git/refs#update-a-reference")
    routes.on("DELETE", "\(git)/refs/{ref...}", deleteReference, page: "git/refs#delete-a-reference")
    routes.on("GET", "\(git)/commits/{sha}", getGitCommit, page: "git/commits#get-a-commit-object")
    routes.on("GET", "\(git)/trees/{sha}", getTree, page: "git/trees#get-a-tree")
    routes.on("GET", "\(git)/blobs/{sha}", getBlob, page: "git/blobs#get-a-blob")
    routes.on("GET", "\(git)/tags/{sha}", getTagObject, page: "git/tags#get-a-tag")
    routes.on("GET", "/repos/{owner}/{repo}/branches", listBranches, page: "branches/branches#list-branches")
    routes.on(
      "GET", "/repos/{owner}/{repo}/branches/{branch...}", getBranch, page: "branches/branches#get-a-branch")
    routes.on("GET", "/repos/{owner}/{repo}/tags", listTags, page: "repos/repos#list-repository-tags")
  }

  /// `GET /repos/{owner}/{repo}/git/ref/{ref}`
  private func getReference(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    return .json(try await reference("refs/\(request.parameter("ref"))", in: repository))
  }

  /// `GET /repos/{owner}/{repo}/git/matching-refs/{ref}`: those that begin with it.
  private func listReferences(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let prefix = "refs/\(request.parameter("ref"))"
    var items: [JSONValue] = []
    for ref in try await repository.git.refs().keys.sorted() where ref.hasPrefix(prefix) {
      items.append(try await reference(ref, in: repository))
    }
    return request.page(items, origin: representation.origin)
  }

  /// `POST /repos/{owner}/{repo}/git/refs`
  private func createReference(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .write)
    let fields = SchemaObject(try await request.object())
    try fields.require(["ref", "sha"])
    let ref = try fields.text("ref") ?? ""
    guard ref.hasPrefix("refs/"), ref.split(separator: "/").count >= 3, GitRepository.isPlainName(ref) else {
      throw APIError.unprocessable(
        "Reference name must start with 'refs/' and have at least two slashes")
    }
    guard try await repository.git.object(ofRef: ref) == nil else {
      throw APIError.unprocessable("Reference already exists")
    }
    let sha = try await existing(try fields.text("sha"), in: repository)
    try await repository.git.setRef(ref, to: sha)
    announce(ref, from: GitRepository.zero, to: sha, in: repository, by: actor(of: request))
    let answer = try await reference(ref, in: repository)
    var response = HTTPServerResponse.json(answer, status: 201)
    response.headers["Location"] = answer["url"]?.string
    return response
  }

  /// `PATCH /repos/{owner}/{repo}/git/refs/{ref}`
  private func updateReference(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .write)
    let fields = SchemaObject(try await request.object())
    try fields.require(["sha"])
    let ref = "refs/\(request.parameter("ref"))"
    guard let old = try await repository.git.object(ofRef: ref)?.sha else {
      throw APIError.unprocessable("Reference does not exist")
    }
    let sha = try await existing(try fields.text("sha"), in: repository)
    if try fields.bool("force") != true, try await !repository.git.isAncestor(old, of: sha) {
      throw APIError.unprocessable("Update is not a fast forward")
    }
    try await repository.git.setRef(ref, to: sha)
    announce(ref, from: old, to: sha, in: repository, by: actor(of: request))
    return .json(try await reference(ref, in: repository))
  }

  /// `DELETE /repos/{owner}/{repo}/git/refs/{ref}`
  private func deleteReference(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .write)
    let ref = "refs/\(request.parameter("ref"))"
    guard let old = try await repository.git.object(ofRef: ref)?.sha else {
      throw APIError.unprocessable("Reference does not exist")
    }
    guard ref != "refs/heads/\(repository.defaultBranch)" else {
      throw APIError.unprocessable("Cannot delete the default branch")
    }
    try await repository.git.deleteRef(ref)
    announce(ref, from: old, to: GitRepository.zero, in: repository, by: actor(of: request))
    return .empty(204)
  }

  /// `GET /repos/{owner}/{repo}/git/commits/{commit_sha}`
  private func getGitCommit(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let sha = request.parameter("sha")
    guard try await repository.git.type(of: sha) == "commit" else { throw APIError.notFound }
    return .json(representation.gitCommit(try await repository.git.details(of: sha), in: repository))
  }

  /// `GET /repos/{owner}/{repo}/git/trees/{tree_sha}?recursive=1`, also by a commit or a branch.
  private func getTree(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    var sha = request.parameter("sha")
    if try await repository.git.type(of: sha) != "tree" {
      guard let commit = try await repository.git.commit(sha),
        let root = try await repository.git.entry(at: "", of: commit)
      else { throw APIError.notFound }
      sha = root.sha
    }
    let entries = try await repository.git.entries(
      ofTree: sha, recursively: request.http.query("recursive") != nil)
    return .json(representation.tree(sha, entries, in: repository))
  }

  /// `GET /repos/{owner}/{repo}/git/blobs/{file_sha}`
  private func getBlob(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let sha = request.parameter("sha")
    guard let bytes = try await repository.git.blob(sha) else { throw APIError.notFound }
    if request.http.headers["Accept"]?.contains("raw") == true {
      return HTTPServerResponse(
        headers: ["Content-Type": "application/vnd.github.raw+json; charset=utf-8"], body: .bytes(bytes))
    }
    return .json(representation.blob(sha, bytes: bytes, in: repository))
  }

  /// `GET /repos/{owner}/{repo}/git/tags/{tag_sha}`: an annotated tag's object.
  private func getTagObject(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let sha = request.parameter("sha")
    guard let tag = try await repository.git.tag(object: sha) else { throw APIError.notFound }
    return .json(representation.tagObject(sha, tag, in: repository))
  }

  /// `GET /repos/{owner}/{repo}/branches`
  private func listBranches(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let shown = representation
    let items = try await refs("refs/heads/", in: repository)
      .map { shown.branch($0.name, sha: $0.sha, in: repository) }
    return request.page(items, origin: shown.origin)
  }

  /// `GET /repos/{owner}/{repo}/branches/{branch}`
  private func getBranch(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let name = request.parameter("branch")
    guard let sha = try await repository.git.object(ofRef: "refs/heads/\(name)")?.sha else {
      throw APIError(status: 404, message: "Branch not found")
    }
    let details = try await repository.git.details(of: sha)
    let shown = representation
    let url = "\(shown.url(repository))/branches/\(Representation.path(name))"
    return .json(
      shown.branch(name, sha: sha, in: repository).merging([
        "commit": shown.commit(details, in: repository, accounts: model.withLock { $0.accounts }),
        "_links": [
          "self": .string(url), "html": .string("\(shown.origin)/\(repository.fullName)/tree/\(name)"),
        ],
        "protection": [
          "enabled": false,
          "required_status_checks": ["enforcement_level": "off", "contexts": [], "checks": []],
        ],
        "protection_url": .string("\(url)/protection"),
      ]))
  }

  /// `GET /repos/{owner}/{repo}/tags`: the newest name first.
  private func listTags(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let url = representation.url(repository)
    var items: [JSONValue] = []
    for (name, _) in try await refs("refs/tags/", in: repository).reversed() {
      guard let sha = try await repository.git.commit("tags/\(name)") else { continue }
      items.append([
        "name": .string(name), "node_id": .string("REF_\(name)"),
        "commit": ["sha": .string(sha), "url": .string("\(url)/commits/\(sha)")],
        "zipball_url": .string("\(url)/zipball/refs/tags/\(Representation.path(name))"),
        "tarball_url": .string("\(url)/tarball/refs/tags/\(Representation.path(name))"),
      ])
    }
    return request.page(items, origin: representation.origin)
  }

  /// Those below a prefix, which their names are without, in the order of the names.
  private func refs(
    _ prefix: String, in repository: Repository
  ) async throws -> [(name: String, sha: String)] {
    try await repository.git.refs().filter { $0.key.hasPrefix(prefix) }
      .map { (String($0.key.dropFirst(prefix.count)), $0.value) }.sorted { $0.0 < $1.0 }
  }

  private func reference(_ ref: String, in repository: Repository) async throws -> JSONValue {
    guard let object = try await repository.git.object(ofRef: ref) else { throw APIError.notFound }
    return representation.reference(ref, sha: object.sha, type: object.type, in: repository)
  }

  /// An object that is there.
  private func existing(_ sha: String?, in repository: Repository) async throws -> String {
    guard let sha, try await repository.git.type(of: sha) != nil else {
      throw APIError.unprocessable("Object does not exist")
    }
    return sha
  }

  private func announce(
    _ ref: String, from old: String, to new: String, in repository: Repository, by sender: Account
  ) {
    guard ref.hasPrefix("refs/heads/") || ref.hasPrefix("refs/tags/") else { return }
    inBackground { service in
      _ = try await service.deliverPush(
        of: ref, from: old, to: new, in: repository.fullName, by: sender.login)
    }
  }
}
