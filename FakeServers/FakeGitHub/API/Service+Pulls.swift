import HTTP
import Platform

/// Pull requests.
extension Service {
  func addPullRequestRoutes(_ routes: inout Routes) {
    let pulls = "/repos/{owner}/{repo}/pulls"
    routes.on("GET", pulls, listPullRequests, page: "pulls/pulls#list-pull-requests")
    routes.on("POST", pulls, createPullRequest, page: "pulls/pulls#create-a-pull-request")
    routes.on("GET", "\(pulls)/{number}", getPullRequest, page: "pulls/pulls#get-a-pull-request")
    routes.on("GET", "/repos/{owner}/{repo}/issues/{number}", getIssue, page: "issues/issues#get-an-issue")
    routes.on("PATCH", "\(pulls)/{number}", updatePullRequest, page: "pulls/pulls#update-a-pull-request")
    routes.on(
      "GET", "\(pulls)/{number}/commits", listPullRequestCommits,
      page: "pulls/pulls#list-commits-on-a-pull-request")
    routes.on(
      "GET", "\(pulls)/{number}/files", listPullRequestFiles, page: "pulls/pulls#list-pull-requests-files")
  }

  /// `GET /repos/{owner}/{repo}/pulls?state=&head=&base=`: newest first.
  private func listPullRequests(_ request: APIRequest) async throws -> HTTPServerResponse {
    let base = try repository(request, "pull_requests", .read)
    let http = request.http
    let state = http.query("state") ?? "open"
    let pulls = base.pullRequests.filter { pull in
      let owner = pull.headRepository.split(separator: "/").first ?? ""
      return (state == "all" || pull.isOpen == (state == "open"))
        && (http.query("base") ?? pull.baseBranch) == pull.baseBranch
        && (http.query("head").map { $0 == "\(owner):\(pull.headBranch)" } ?? true)
    }
    return show(pulls, of: base, request, isAscending: http.query("direction") == "asc")
  }

  /// `GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls`
  func listPullRequests(
    _ request: APIRequest, _ repository: Repository, _ sha: String
  ) async throws -> HTTPServerResponse {
    let pulls = repository.pullRequests.filter { $0.isOpen && $0.headSHA == sha }
    return show(pulls, of: repository, request, isAscending: false)
  }

  private func show(
    _ pulls: [PullRequest], of base: Repository, _ request: APIRequest, isAscending: Bool
  ) -> HTTPServerResponse {
    let shown = representation
    let ordered = isAscending ? pulls : pulls.reversed()
    let items = ordered.compactMap { pull in
      model.withLock({ $0.repository(pull.headRepository) })
        .map { shown.simplePullRequest(pull, base: base, head: $0) }
    }
    return request.page(items, origin: shown.origin)
  }

  /// `GET /repos/{owner}/{repo}/pulls/{pull_number}`
  private func getPullRequest(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (base, pull) = try pullRequest(request, .read)
    return .json(try shown(pull, of: base))
  }

  /// `POST /repos/{owner}/{repo}/pulls`: the head is a branch, or `owner:branch` of a fork.
  private func createPullRequest(_ request: APIRequest) async throws -> HTTPServerResponse {
    let base = try repository(request, "pull_requests", .write)
    let fields = SchemaObject(try await request.object())
    try fields.require(["head", "base", "title"])
    func invalid(_ field: String, code: String = "invalid", _ message: String? = nil) -> APIError {
      APIError.invalid(resource: "PullRequest", field: field, code: code, message: message)
    }
    let baseBranch = try fields.text("base") ?? ""
    let parts = (try fields.text("head") ?? "").split(separator: ":", maxSplits: 1).map(String.init)
    let branch = parts.last ?? ""
    let head = parts.count == 2 ? try headRepository(parts[0], of: base) : base
    guard let baseSHA = try await base.git.commit("heads/\(baseBranch)") else { throw invalid("base") }
    guard let head, let headSHA = try await head.git.commit("heads/\(branch)") else { throw invalid("head") }
    if base.pullRequests.contains(where: {
      $0.isOpen && $0.headRepository == head.fullName && $0.headBranch == branch
        && $0.baseBranch == baseBranch
    }) {
      throw invalid(
        "head", code: "custom", "A pull request already exists for \(head.owner.login):\(branch).")
    }
    if headSHA == baseSHA {
      throw invalid("head", code: "custom", "No commits between \(baseBranch) and \(branch)")
    }
    let number = try await makePullRequest(
      in: base.fullName, head: branch, base: baseBranch, title: try fields.text("title") ?? "",
      body: try fields.text("body"), fork: head.fullName, author: actor(of: request))
    tell("opened", number, of: base)
    let made = try found(base.fullName)
    guard let pull = made.pullRequests.first(where: { $0.number == number }) else { throw APIError.notFound }
    let answer = try shown(pull, of: made)
    var response = HTTPServerResponse.json(answer, status: 201)
    response.headers["Location"] = answer["url"]?.string
    return response
  }

  /// `PATCH /repos/{owner}/{repo}/pulls/{pull_number}`: its title, its body, and whether it is open.
  private func updatePullRequest(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (base, pull) = try pullRequest(request, .write)
    let fields = SchemaObject(try await request.object())
    let title = try fields.text("title")
    let body = try fields.text("body")
    let state = try fields.text("state")
    if let state, !["open", "closed"].contains(state) {
      throw APIError.invalid(resource: "PullRequest", field: "state", code: "invalid")
    }
    try update(pull.number, in: base.fullName) { pull in
      pull.title = title ?? pull.title
      pull.body = body ?? pull.body
      if let state { pull.isOpen = state == "open" }
    }
    let changed = try found(base.fullName)
    guard let after = changed.pullRequests.first(where: { $0.number == pull.number }) else {
      throw APIError.notFound
    }
    if after.isOpen != pull.isOpen { tell(after.isOpen ? "reopened" : "closed", pull.number, of: base) }
    return .json(try shown(after, of: changed))
  }

  /// `GET /repos/{owner}/{repo}/issues/{issue_number}` of a pull request: there are no other issues here.
  private func getIssue(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (base, pull) = try pullRequest(request, .read)
    return .json(representation.issue(pull, of: base))
  }

  /// `GET /repos/{owner}/{repo}/pulls/{pull_number}/commits`
  private func listPullRequestCommits(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (base, pull) = try pullRequest(request, .read)
    let shas = try await base.git.history(of: pull.headSHA, without: [pull.baseSHA])
    return try await commits(request, shas.reversed(), base)
  }

  /// `GET /repos/{owner}/{repo}/pulls/{pull_number}/files`
  private func listPullRequestFiles(_ request: APIRequest) async throws -> HTTPServerResponse {
    let (base, pull) = try pullRequest(request, .read)
    let common = try await base.git.mergeBase(pull.baseSHA, pull.headSHA)
    let shown = representation
    let items = try await base.git.changes(from: common, to: pull.headSHA)
      .map { shown.change($0, at: pull.headSHA, in: base) }
    return request.page(items, origin: shown.origin)
  }

  private func pullRequest(
    _ request: APIRequest, _ level: PermissionLevel
  ) throws -> (Repository, PullRequest) {
    let base = try repository(request, "pull_requests", level)
    let number = try request.number("number")
    guard let pull = base.pullRequests.first(where: { $0.number == number }) else {
      throw APIError.notFound
    }
    return (base, pull)
  }

  private func shown(_ pull: PullRequest, of base: Repository) throws -> JSONValue {
    guard let head = model.withLock({ $0.repository(pull.headRepository) }) else { throw APIError.notFound }
    return representation.pullRequest(pull, base: base, head: head, forEvent: false)
  }

  /// The owner's repository of the same network.
  private func headRepository(_ owner: String, of base: Repository) throws -> Repository? {
    model.withLock { model in
      model.repositories.values.first { repository in
        repository.owner.login.lowercased() == owner.lowercased()
          && (repository.fullName == base.fullName || repository.parent == base.fullName)
      }
    }
  }

  private func tell(_ action: String, _ number: Int64, of base: Repository) {
    inBackground { service in
      _ = try await service.deliverPullRequest(action, number, of: base.fullName)
    }
  }
}
