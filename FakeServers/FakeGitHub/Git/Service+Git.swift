import HTTP
import Platform

/// Git's smart HTTP under `/{owner}/{repo}.git`, behind the same tokens as the API.
extension Service {
  func addGitRoutes(_ routes: inout Routes) {
    routes.onGit("GET", "/{owner}/{repo}/info/refs") { [self] http in
      let service = http.query("service") ?? ""
      guard ["git-upload-pack", "git-receive-pack"].contains(service) else {
        throw APIError(status: 403, message: "Please upgrade your git client: dumb HTTP is not supported.")
      }
      return try await answerGit(http, "info/refs", writes: service == "git-receive-pack")
    }
    routes.onGit("POST", "/{owner}/{repo}/git-upload-pack") { [self] http in
      try await answerGit(http, "git-upload-pack", writes: false)
    }
    routes.onGit("POST", "/{owner}/{repo}/git-receive-pack") { [self] http in
      try await answerGit(http, "git-receive-pack", writes: true)
    }
  }

  private func answerGit(
    _ http: HTTPServerRequest, _ service: String, writes: Bool
  ) async throws -> HTTPServerResponse {
    let repository = try repository(forGit: http, writes: writes)
    guard http.method == "POST" else {
      return try await GitBackend.answer(http, service: service, repository: repository.git, body: nil) {}
    }
    let file = try await ReceivedFile.create(newFile(in: "spool"))
    // Only its descriptor is needed; so it is gone whatever becomes of the request.
    await file.remove()
    let receipt = try await file.receive(http.body)
    let before = writes ? try await repository.git.refs() : [:]
    let name = repository.fullName
    return try await GitBackend.answer(
      http, service: service, repository: repository.git, body: (file, receipt.bytes)
    ) { [self] in
      if writes { await announce(changesSince: before, in: name) }
    }
  }

  /// The repository in the path, for someone who may clone it or push to it.
  ///
  /// Without credentials a private repository and one that is not there look alike, as on GitHub: 401.
  private func repository(forGit http: HTTPServerRequest, writes: Bool) throws -> Repository {
    let owner = http.parameters["owner"] ?? ""
    var name = http.parameters["repo"] ?? ""
    if name.hasSuffix(".git") { name.removeLast(4) }
    let principal = try principal(http.headers)
    let found = model.withLock { $0.repository("\(owner)/\(name)") }
    if case .anonymous = principal, writes || found?.isPrivate ?? true {
      throw APIError.requiresAuthentication
    }
    guard let found, principal.canSee(found), principal.level(of: "contents", for: found) >= .read else {
      throw APIError(status: 404, message: "Repository not found.")
    }
    guard !writes || principal.level(of: "contents", for: found) >= .write else {
      throw APIError(status: 403, message: "Write access to repository not granted.")
    }
    return found
  }

  /// After a push: a webhook for every ref that is another now.
  private func announce(changesSince before: [String: String], in name: String) async {
    guard let repository = model.withLock({ $0.repository(name) }),
      let after = try? await repository.git.refs()
    else { return }
    for ref in Set(before.keys).union(after.keys).sorted() where before[ref] != after[ref] {
      guard ref.hasPrefix("refs/heads/") || ref.hasPrefix("refs/tags/") else { continue }
      let old = before[ref] ?? GitRepository.zero
      let new = after[ref] ?? GitRepository.zero
      inBackground { service in
        _ = try await service.deliverPush(of: ref, from: old, to: new, in: name, by: "git-user")
      }
    }
  }
}

extension Routes {
  /// A route whose refusals are texts, which git shows after `remote:`.
  fileprivate mutating func onGit(
    _ method: String, _ pattern: String,
    _ handler: @escaping @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse
  ) {
    onUnauthenticated(method, pattern) { request in
      do {
        return try await handler(request)
      } catch let error as APIError {
        var response = HTTPServerResponse.text("\(error.message)\n", status: error.status)
        if error.status == 401 { response.headers["WWW-Authenticate"] = "Basic realm=\"GitHub\"" }
        return response
      }
    }
  }
}
