import HTTP
import Platform

/// Repositories that have another name than before, and their names that never change.
extension Service {
  /// Where a request is answered.
  enum Place {
    case here(HTTPServerRequest)
    /// Under the repository's present name.
    case elsewhere(HTTPServerResponse)
  }

  /// `/repositories/{id}/...` is `/repos/{owner}/{repo}/...`; a former name is sent on there: 301 for what is read, 307
  /// for what is written, so that the method stays. Git is sent on to the present name's address.
  func place(of request: HTTPServerRequest) -> Place {
    var path = request.path
    let uploads = path.first == "uploads" ? [path.removeFirst()] : []
    if path.count >= 2, path[0] == "repositories", let id = Int64(path[1]) {
      guard let found = model.withLock({ $0.repositories.values.first { $0.id == id } }) else {
        return .here(request)
      }
      var request = request
      request.path = uploads + ["repos", found.owner.login, found.name] + path.dropFirst(2)
      return .here(request)
    }
    let isAPI = path.first == "repos"
    if isAPI { path.removeFirst() }
    guard path.count >= 2 else { return .here(request) }
    let name = path[1].hasSuffix(".git") ? String(path[1].dropLast(4)) : path[1]
    let former = model.withLock { $0.repositoryOnceNamed("\(path[0])/\(name)") }
    guard let former, leads(request, to: former) else { return .here(request) }
    let rest = path.dropFirst(2).map { "/\(QueryText.escaped($0))" }.joined()
    let question = request.target.firstIndex(of: "?").map { String(request.target[$0...]) } ?? ""
    let shown = representation
    guard isAPI else {
      let url =
        "\(shown.origin)/\(former.fullName)\(path[1].hasSuffix(".git") ? ".git" : "")\(rest)\(question)"
      return .elsewhere(.empty(301, headers: ["Location": url]))
    }
    let base = uploads.isEmpty ? shown.api : shown.uploads
    return .elsewhere(
      Self.redirect(request.method, to: "\(base)/repositories/\(former.id)\(rest)\(question)"))
  }

  /// Whether a former name says anything to whoever asks. The App itself asks only where it is installed.
  private func leads(_ request: HTTPServerRequest, to repository: Repository) -> Bool {
    switch try? principal(request.headers) {
    case .app: repository.isInstalled
    case let principal?: principal.canSee(repository)
    case nil: false
    }
  }

  private static func redirect(_ method: String, to url: String) -> HTTPServerResponse {
    let isRead = ["GET", "HEAD"].contains(method)
    var response = HTTPServerResponse.json(
      [
        "message": isRead ? "Moved Permanently" : "Temporary Redirect", "url": .string(url),
        "documentation_url":
          "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
      ] as JSONValue, status: isRead ? 301 : 307)
    response.headers["Location"] = url
    return response
  }

  /// Gives a repository another owner or name. What was there under it is an error.
  func move(_ fullName: String, to newName: String) throws -> Repository {
    let (owner, name) = try Self.split(newName)
    let moved = try model.withLock { model -> Repository? in
      guard model.repository(newName) == nil else {
        throw FakeGitHubError(.invalidArgument, "there is a repository '\(newName)' already")
      }
      return model.move(fullName, to: model.account(owner), name: name)
    }
    guard let moved else { throw FakeGitHubError(.notFound, "there is no repository '\(fullName)'") }
    return moved
  }
}

extension Model {
  /// The repository that had this name, if no other one has it now.
  func repositoryOnceNamed(_ fullName: String) -> Repository? {
    guard repository(fullName) == nil, let id = formerNames[fullName.lowercased()] else { return nil }
    return repositories.values.first { $0.id == id }
  }

  fileprivate mutating func move(_ fullName: String, to owner: Account, name: String) -> Repository? {
    guard var repository = repositories.removeValue(forKey: fullName.lowercased()) else { return nil }
    let old = repository.fullName
    formerNames[old.lowercased()] = repository.id
    repository.owner = owner
    repository.name = name
    let new = repository.fullName
    formerNames[new.lowercased()] = nil
    repositories[new.lowercased()] = repository
    for key in Array(repositories.keys) {
      if repositories[key]?.parent == old { repositories[key]?.parent = new }
      for index in repositories[key]?.pullRequests.indices ?? 0..<0
      where repositories[key]?.pullRequests[index].headRepository == old {
        repositories[key]?.pullRequests[index].headRepository = new
      }
    }
    return repositories[new.lowercased()]
  }
}
