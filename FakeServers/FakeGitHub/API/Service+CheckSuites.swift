import HTTP
import Platform

/// Check suites: the App's check runs of one commit.
extension Service {
  func addCheckSuiteRoutes(_ routes: inout Routes) {
    routes.on(
      "POST", "/repos/{owner}/{repo}/check-suites", createCheckSuite,
      page: "checks/suites#create-a-check-suite")
    routes.on(
      "GET", "/repos/{owner}/{repo}/check-suites/{id}", getCheckSuite, page: "checks/suites#get-a-check-suite"
    )
    routes.on(
      "GET", "/repos/{owner}/{repo}/check-suites/{id}/check-runs", listCheckRunsOfSuite,
      page: "checks/runs#list-check-runs-in-a-check-suite")
    routes.on(
      "POST", "/repos/{owner}/{repo}/check-suites/{id}/rerequest", rerequestCheckSuite,
      page: "checks/suites#rerequest-a-check-suite")
  }

  /// `POST /repos/{owner}/{repo}/check-suites`: 200 where the commit has one already.
  private func createCheckSuite(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repositoryForChecks(request)
    let fields = SchemaObject(try await request.object())
    try fields.require(["head_sha"])
    let given = try fields.text("head_sha") ?? ""
    guard given.utf8.count == 40, let sha = try await repository.git.commit(given) else {
      throw APIError.unprocessable("No commit found for SHA: \(given)")
    }
    let isThere = repository.checkSuites.contains { $0.sha == sha }
    let suite = try await checkSuite(of: sha, in: repository)
    return .json(try await shown(suite, in: repository), status: isThere ? 200 : 201)
  }

  /// `GET /repos/{owner}/{repo}/check-suites/{check_suite_id}`
  private func getCheckSuite(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "checks", .read)
    return .json(try await shown(try anyCheckSuite(request, in: repository), in: repository))
  }

  /// `GET /repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs`
  private func listCheckRunsOfSuite(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "checks", .read)
    let suite = try anyCheckSuite(request, in: repository)
    return try listCheckRuns(request, repository, suites: [suite.id])
  }

  /// `POST /repos/{owner}/{repo}/check-suites/{check_suite_id}/rerequest`
  private func rerequestCheckSuite(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repositoryForChecks(request)
    let suite = try checkSuite(request, in: repository)
    inBackground { [bot] service in
      _ = try await service.rerequestCheckSuite(suite.id, in: repository.fullName, by: bot)
    }
    return .json([:] as JSONValue, status: 201)
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}/check-suites`
  func listCheckSuites(
    _ request: APIRequest, _ repository: Repository, _ sha: String
  ) async throws -> HTTPServerResponse {
    var suites = repository.checkSuites.filter { $0.sha == sha } + repository.actions.checkSuites(of: sha)
    if let app = request.http.query("app_id") {
      suites.removeAll { app != appID(ofSuite: $0.id, in: repository) }
    }
    if let name = request.http.query("check_name") {
      suites.removeAll { suite in
        !repository.latestCheckRuns(of: suite.id).contains { $0.name == name }
      }
    }
    var items: [JSONValue] = []
    for suite in suites { items.append(try await shown(suite, in: repository)) }
    return request.page(items, origin: representation.origin) { page in
      ["total_count": .integer(Int64(items.count)), "check_suites": .array(page)]
    }
  }

  /// The commit's suite; made when it has none.
  ///
  /// - Parameters:
  ///   - branch: the branch that was pushed; by default one that the commit is the head of.
  ///   - before: the branch's commit before the push.
  func checkSuite(
    of sha: String, in repository: Repository, branch: String? = nil, before: String? = nil
  ) async throws -> CheckSuite {
    let branch =
      if let branch { branch } else { try await repository.git.branches(at: sha).first }
    let made = model.withLock { model -> CheckSuite? in
      let id = model.makeID()
      return model.update(repository.fullName) { repository in
        if let suite = repository.checkSuites.first(where: { $0.sha == sha }) { return suite }
        let suite = CheckSuite(
          id: id, sha: sha, branch: branch, before: before, createdAt: .now(), updatedAt: .now())
        repository.checkSuites.append(suite)
        return suite
      }
    }
    guard let made else { throw APIError.notFound }
    return made
  }

  private func checkSuite(_ request: APIRequest, in repository: Repository) throws -> CheckSuite {
    let id = try request.number("id")
    guard let suite = repository.checkSuites.first(where: { $0.id == id }) else {
      throw APIError.notFound
    }
    return suite
  }

  /// Our own App's check suite in the path, or that of a workflow run, which is GitHub's.
  private func anyCheckSuite(_ request: APIRequest, in repository: Repository) throws -> CheckSuite {
    let id = try request.number("id")
    return try repository.actions.checkSuites().first { $0.id == id } ?? checkSuite(request, in: repository)
  }

  private func shown(_ suite: CheckSuite, in repository: Repository) async throws -> JSONValue {
    let head = try await repository.git.details(of: suite.sha)
    return representation.checkSuite(
      suite, head: head, in: repository, app: app(ofSuite: suite.id, in: repository)
    ).merging([
      "repository": representation.repositoryReference(repository), "rerequestable": true,
      "runs_rerequestable": true,
    ])
  }
}
