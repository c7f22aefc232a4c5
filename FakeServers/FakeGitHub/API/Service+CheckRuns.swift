import HTTP
import Platform

/// Check runs, which only an App can make.
extension Service {
  func addCheckRunRoutes(_ routes: inout Routes) {
    routes.on(
      "POST", "/repos/{owner}/{repo}/check-runs", createCheckRun, page: "checks/runs#create-a-check-run")
    routes.on(
      "GET", "/repos/{owner}/{repo}/check-runs/{id}", getCheckRun, page: "checks/runs#get-a-check-run")
    routes.on(
      "PATCH", "/repos/{owner}/{repo}/check-runs/{id}", updateCheckRun, page: "checks/runs#update-a-check-run"
    )
    routes.on(
      "GET", "/repos/{owner}/{repo}/check-runs/{id}/annotations", listAnnotations,
      page: "checks/runs#list-check-run-annotations")
    routes.on(
      "POST", "/repos/{owner}/{repo}/check-runs/{id}/rerequest", rerequestCheckRun,
      page: "checks/runs#rerequest-a-check-run")
  }

  /// `POST /repos/{owner}/{repo}/check-runs`
  private func createCheckRun(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repositoryForChecks(request)
    let body = try CheckRunBody(try await request.object(), isNew: true)
    let given = body.headSHA ?? ""
    guard given.utf8.count == 40, let sha = try await repository.git.commit(given) else {
      throw APIError.unprocessable("No commit found for SHA: \(given)")
    }
    let suite = try await checkSuite(of: sha, in: repository)
    let now = Representation.time(.now())
    let run = model.withLock { model -> FakeGitHub.CheckRun? in
      var run = FakeGitHub.CheckRun(
        id: model.makeID(), suite: suite.id, sha: sha, name: body.name ?? "", externalID: "",
        detailsURL: "\(model.origin)/", status: .queued, startedAt: now)
      body.apply(to: &run, at: now)
      return model.update(repository.fullName) { repository in
        repository.checkRuns.append(run)
        _ = repository.updateCheckSuite(suite.id) { $0.isRerequested = false }
        return run
      }
    }
    guard let run else { throw APIError.notFound }
    announceCheckRun(
      run, actions: run.status == .completed ? ["created", "completed"] : ["created"], of: repository)
    var response = HTTPServerResponse.json(try shown(run, in: repository), status: 201)
    response.headers["Location"] = "\(representation.url(repository))/check-runs/\(run.id)"
    return response
  }

  /// `GET /repos/{owner}/{repo}/check-runs/{check_run_id}`
  private func getCheckRun(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "checks", .read)
    return .json(try shown(try anyCheckRun(request, in: repository), in: repository))
  }

  /// `PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}`; annotations are added to those that are there.
  private func updateCheckRun(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repositoryForChecks(request)
    let id = try checkRun(request, in: repository).id
    let body = try CheckRunBody(try await request.object(), isNew: false)
    let now = Representation.time(.now())
    let updated = model.withLock { model in
      model.update(repository.fullName) { repository in
        let updated = repository.updateCheckRun(id) { run -> (FakeGitHub.CheckRun, Bool) in
          let wasCompleted = run.status == .completed
          body.apply(to: &run, at: now)
          return (run, !wasCompleted && run.status == .completed)
        }
        if let suite = updated?.0.suite {
          _ = repository.updateCheckSuite(suite) { suite in
            suite.isRerequested = false
            suite.updatedAt = .now()
          }
        }
        return updated
      } ?? nil
    }
    guard let (run, isEnd) = updated else { throw APIError.notFound }
    if isEnd { announceCheckRun(run, actions: ["completed"], of: repository) }
    return .json(try shown(run, in: repository))
  }

  /// `GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations`
  private func listAnnotations(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "checks", .read)
    let run = try anyCheckRun(request, in: repository)
    let shown = representation
    let items = run.output.annotations.map { shown.annotation($0, of: run, in: repository) }
    return request.page(items, origin: shown.origin)
  }

  /// `POST /repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest`
  ///
  /// The check run stays as it is: what to do is the App's business, which `check_run.rerequested` tells.
  private func rerequestCheckRun(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repositoryForChecks(request)
    let run = try checkRun(request, in: repository)
    inBackground { [bot] service in
      _ = try await service.rerequestCheckRun(run.id, in: repository.fullName, by: bot)
    }
    return .json([:] as JSONValue, status: 201)
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}/check-runs`
  func listCheckRuns(
    _ request: APIRequest, _ repository: Repository, _ sha: String
  ) async throws -> HTTPServerResponse {
    let suites = repository.checkSuites.filter { $0.sha == sha } + repository.actions.checkSuites(of: sha)
    return try listCheckRuns(request, repository, suites: suites.map(\.id))
  }

  /// Those of some suites that the query asks for: by `check_name`, `status`, `app_id`, and with `filter=all` also those
  /// that a newer one of the same name stands for.
  func listCheckRuns(
    _ request: APIRequest, _ repository: Repository, suites: [Int64]
  ) throws -> HTTPServerResponse {
    let query = request.http.query
    var runs: [FakeGitHub.CheckRun]
    if request.http.query("filter") == "all" {
      let jobs = repository.actions.runs.flatMap(\.checkRuns)
      runs = (repository.checkRuns + jobs).filter { suites.contains($0.suite) }
    } else {
      runs = suites.flatMap { repository.latestCheckRuns(of: $0) }
    }
    for (name, value) in query {
      switch name {
      case "check_name": runs.removeAll { $0.name != value }
      case "status": runs.removeAll { $0.status.rawValue != value }
      default: break
      }
    }
    if let app = request.http.query("app_id") {
      runs.removeAll { app != appID(ofSuite: $0.suite, in: repository) }
    }
    let items = try runs.reversed().map { try shown($0, in: repository) }
    return request.page(items, origin: representation.origin) { page in
      ["total_count": .integer(Int64(items.count)), "check_runs": .array(page)]
    }
  }

  /// The repository in the path, for an App that may write checks.
  func repositoryForChecks(_ request: APIRequest) throws -> Repository {
    let repository = try repository(request, "checks", .write)
    guard case .installation = request.principal else {
      throw APIError(status: 403, message: "You must authenticate via a GitHub App.")
    }
    return repository
  }

  private func checkRun(
    _ request: APIRequest, in repository: Repository
  ) throws -> FakeGitHub.CheckRun {
    let id = try request.number("id")
    guard let run = repository.checkRuns.first(where: { $0.id == id }) else { throw APIError.notFound }
    return run
  }

  /// Our own App's check run in the path, or the job of a workflow, which is one of GitHub's.
  private func anyCheckRun(
    _ request: APIRequest, in repository: Repository
  ) throws -> FakeGitHub.CheckRun {
    try repository.actions.checkRun(try request.number("id")) ?? checkRun(request, in: repository)
  }

  /// The check run as the API answers it.
  private func shown(
    _ run: FakeGitHub.CheckRun, in repository: Repository
  ) throws -> JSONValue {
    representation.checkRun(run, in: repository, app: app(ofSuite: run.suite, in: repository))
  }
}
