import HTTP
import Platform

/// Commits, what differs between them, and what is known of one.
extension Service {
  func addCommitRoutes(_ routes: inout Routes) {
    routes.on("GET", "/repos/{owner}/{repo}/commits", listCommits, page: "commits/commits#list-commits")
    routes.on(
      "GET", "/repos/{owner}/{repo}/commits/{rest...}", getCommit, page: "commits/commits#get-a-commit")
    routes.on(
      "GET", "/repos/{owner}/{repo}/compare/{range...}", compareCommits,
      page: "commits/commits#compare-two-commits")
  }

  /// `GET /repos/{owner}/{repo}/commits?sha=&path=`: newest first.
  private func listCommits(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let start = request.http.query("sha") ?? repository.defaultBranch
    guard let sha = try await repository.git.commit(start) else {
      guard try await repository.git.refs().isEmpty else { throw APIError.notFound }
      throw APIError(status: 409, message: "Git Repository is empty.")
    }
    return try await commits(
      request, try await repository.git.history(of: sha, path: request.http.query("path")), repository)
  }

  /// The page that is asked for, of those commits.
  func commits(
    _ request: APIRequest, _ shas: [String], _ repository: Repository
  ) async throws -> HTTPServerResponse {
    let page = request.page(of: shas.count)
    let details = try await repository.git.details(of: Array(shas[page.range]))
    let accounts = model.withLock { $0.accounts }
    let shown = representation
    var response = HTTPServerResponse.json(
      .array(details.map { shown.commit($0, in: repository, accounts: accounts) }))
    response.headers["Link"] = request.links(of: page, origin: shown.origin)
    return response
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}`, and below it `/status`, `/statuses`, `/check-runs`, `/check-suites`,
  /// `/comments` and `/pulls`.
  ///
  /// A ref may have slashes, so the last segment decides; a branch `x/status` is meant when no `x` is there.
  private func getCommit(_ request: APIRequest) async throws -> HTTPServerResponse {
    let rest = request.parameter("rest")
    let below = [
      ("/status", "statuses", getCombinedStatus), ("/statuses", "statuses", listStatuses),
      ("/check-runs", "checks", listCheckRuns), ("/check-suites", "checks", listCheckSuites),
      ("/pulls", "pull_requests", listPullRequests),
    ]
    for (suffix, permission, answer) in below where rest.hasSuffix(suffix) {
      let repository = try repository(request, permission, .read)
      let sha = try await self.sha(String(rest.dropLast(suffix.count)), in: repository)
      return try await answer(request, repository, sha)
    }
    let repository = try repository(request, "contents", .read)
    if rest.hasSuffix("/comments") {
      _ = try await sha(String(rest.dropLast("/comments".count)), in: repository)
      return .json([] as JSONValue)
    }
    let sha = try await sha(rest, in: repository)
    if request.http.headers["Accept"]?.contains(".sha") == true {
      return HTTPServerResponse(
        headers: ["Content-Type": "application/vnd.github.sha; charset=utf-8"], body: .text(sha))
    }
    let details = try await repository.git.details(of: sha)
    let changes = try await repository.git.changes(from: details.parents.first, to: sha)
    return .json(
      representation.commit(
        details, changes: changes, in: repository, accounts: model.withLock { $0.accounts }))
  }

  /// `GET /repos/{owner}/{repo}/compare/{base}...{head}`
  private func compareCommits(_ request: APIRequest) async throws -> HTTPServerResponse {
    let repository = try repository(request, "contents", .read)
    let git = repository.git
    let names = request.parameter("range").split(separator: "...", omittingEmptySubsequences: false)
      .map { $0.split(separator: ":").last.map(String.init) ?? "" }
    guard names.count == 2, let base = try await git.commit(names[0]),
      let head = try await git.commit(names[1]), let common = try await git.mergeBase(base, head)
    else { throw APIError.notFound }
    let ahead = try await git.history(of: head, without: [base])
    let behind = try await git.history(of: base, without: [head])
    let ends = try await git.details(of: [base, common])
    let commits = try await git.details(of: Array(ahead.prefix(Self.maximumComparedCommits).reversed()))
    let changes = try await git.changes(from: common, to: head)
    return .json(
      representation.comparison(
        Comparison(
          range: "\(names[0])...\(names[1])", base: ends.first ?? commits[0],
          mergeBase: ends.last ?? commits[0],
          head: head, ahead: ahead.count, behind: behind.count, commits: commits, changes: changes),
        in: repository, accounts: model.withLock { $0.accounts }))
  }

  /// A comparison names at most so many commits.
  private static let maximumComparedCommits = 250

  /// The sha that a client's ref stands for; 422 as GitHub has it.
  func sha(_ ref: String, in repository: Repository) async throws -> String {
    guard let sha = try await repository.git.commit(ref) else {
      throw APIError.unprocessable("No commit found for SHA: \(ref)")
    }
    return sha
  }
}

/// What one commit has and another has not.
struct Comparison: Sendable {
  /// `base...head`, as it was asked for.
  let range: String
  let base: GitCommit
  let mergeBase: GitCommit
  let head: String
  let ahead: Int
  let behind: Int
  /// Oldest first.
  let commits: [GitCommit]
  let changes: [GitRepository.Change]

  var status: String {
    switch (ahead, behind) {
    case (0, 0): "identical"
    case (_, 0): "ahead"
    case (0, _): "behind"
    default: "diverged"
    }
  }
}

extension Representation {
  /// `GET /repos/{owner}/{repo}/compare/{base}...{head}`
  func comparison(
    _ comparison: Comparison, in repository: Repository, accounts: [String: Account]
  ) -> JSONValue {
    let web = "\(origin)/\(repository.fullName)/compare/\(Self.path(comparison.range))"
    return [
      "url": .string("\(url(repository))/compare/\(Self.path(comparison.range))"), "html_url": .string(web),
      "permalink_url": .string(
        "\(origin)/\(repository.fullName)/compare/\(comparison.base.sha)...\(comparison.head)"),
      "diff_url": .string("\(web).diff"), "patch_url": .string("\(web).patch"),
      "base_commit": commit(comparison.base, in: repository, accounts: accounts),
      "merge_base_commit": commit(comparison.mergeBase, in: repository, accounts: accounts),
      "status": .string(comparison.status), "ahead_by": .integer(Int64(comparison.ahead)),
      "behind_by": .integer(Int64(comparison.behind)), "total_commits": .integer(Int64(comparison.ahead)),
      "commits": .array(comparison.commits.map { commit($0, in: repository, accounts: accounts) }),
      "files": .array(comparison.changes.map { change($0, at: comparison.head, in: repository) }),
    ]
  }
}
