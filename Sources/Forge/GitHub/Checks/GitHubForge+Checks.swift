package import Forge
internal import HTTP

/// Check runs, which only apps have.
extension GitHubForge {
  /// GitHub takes at most so many annotations in one request, and adds them to those that are there.
  static let annotationsPerRequest = 50
  /// Check runs of one name on one commit: one for each time it was built.
  private static let maximumCheckPages = 10
  private static let permission = "checks: write"

  package var supportsChecks: Bool {
    if case .app = credentials { true } else { false }
  }

  package func updateCheck(repository: String, sha: String, check: Check) async throws(ForgeError) {
    guard supportsChecks else {
      throw ForgeError(.refused, "only an app can make checks, and a personal token is configured")
    }
    let key = try Self.key(repository, sha, check.name, check.externalID)
    do throws(ForgeError) {
      try await withCredential(for: key.repository) { credential throws(ForgeError) in
        try await self.update(check, key, credential)
      }
    } catch {
      // Whether GitHub did what it was asked last is not known: the next update begins by looking.
      knownChecks[key] = nil
      throw error
    }
  }

  package func shownCheck(
    repository: String, sha: String, name: String, externalID: String
  ) async throws(ForgeError) -> Check.State? {
    guard supportsChecks else { return nil }
    let key = try Self.key(repository, sha, name, externalID)
    return try await withCredential(for: key.repository) { credential throws(ForgeError) in
      try await self.find(key, credential, .background)?.state
    }
  }

  private static func key(
    _ repository: String, _ sha: String, _ name: String, _ externalID: String
  ) throws(ForgeError) -> KnownChecks.Key {
    try GitNames.check(sha: sha)
    return KnownChecks.Key(
      repository: try RepositoryName(repository), sha: sha, name: name, externalID: externalID)
  }

  /// The state comes with the last annotations: a completed check has all of them.
  private func update(_ check: Check, _ key: KnownChecks.Key, _ credential: Credential)
    async throws(ForgeError)
  {
    var run: KnownChecks.Run
    if let known = knownChecks[key] {
      run = known
    } else if let found = try await find(key, credential, .visible) {
      run = found
    } else {
      run = try await create(check, key, credential)
      knownChecks[key] = run
      if run.annotationCount >= check.annotations.count { return }
    }
    repeat {
      if run.state.isFinal, !check.state.isFinal { return }
      run = try await patch(run, check, key, credential)
      knownChecks[key] = run
    } while run.annotationCount < check.annotations.count
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}/check-runs`
  private func find(
    _ key: KnownChecks.Key, _ credential: Credential, _ urgency: APICall.Urgency
  ) async throws(ForgeError) -> KnownChecks.Run? {
    let call = APICall(
      "GET",
      "/repos/\(key.repository)/commits/\(key.sha)/check-runs?check_name=\(URLText.encode(key.name))"
        + "&filter=all&per_page=\(GitHubAPI.itemsPerPage)", urgency: urgency, permission: "checks: read")
    var found: CheckRunAnswer?
    try await api.eachPage(of: call, as: credential, maximumPages: Self.maximumCheckPages) {
      (page: CheckRunsAnswer) in
      // Should there be two, the newer one is what people see.
      found = page.checkRuns.filter { $0.externalID == key.externalID }.max { $0.id < $1.id }
      return found == nil
    }
    return found?.run
  }

  /// `POST /repos/{owner}/{repo}/check-runs`
  private func create(
    _ check: Check, _ key: KnownChecks.Key, _ credential: Credential
  ) async throws(ForgeError) -> KnownChecks.Run {
    let batch = check.annotations.prefix(Self.annotationsPerRequest)
    let isWhole = batch.count == check.annotations.count
    var body = CheckRunBody(check, annotations: batch)
    body.name = check.name
    body.headSHA = key.sha
    body.externalID = check.externalID
    body.set(isWhole || !check.state.isFinal ? check.state : .inProgress, of: check)
    let call = APICall(
      "POST", "/repos/\(key.repository)/check-runs", body: .encoding(body), permission: Self.permission)
    let answer: CheckRunAnswer = try await api.call(call, as: credential)
    return Self.run(answer, annotations: batch.count)
  }

  /// `PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}`
  private func patch(
    _ run: KnownChecks.Run, _ check: Check, _ key: KnownChecks.Key, _ credential: Credential
  ) async throws(ForgeError) -> KnownChecks.Run {
    let rest = check.annotations.dropFirst(run.annotationCount)
    let batch = rest.prefix(Self.annotationsPerRequest)
    var body = CheckRunBody(check, annotations: batch)
    if batch.count == rest.count { body.set(run.state.advanced(to: check.state), of: check) }
    let call = APICall(
      "PATCH", "/repos/\(key.repository)/check-runs/\(run.id)", body: .encoding(body),
      permission: Self.permission)
    let answer: CheckRunAnswer = try await api.call(call, as: credential)
    return Self.run(answer, annotations: run.annotationCount + batch.count)
  }

  /// - Parameter annotations: how many there must be now. An answer may know of fewer: annotations are counted later
  ///   than they are taken.
  private static func run(_ answer: CheckRunAnswer, annotations: Int) -> KnownChecks.Run {
    var run = answer.run
    run.annotationCount = max(run.annotationCount, annotations)
    return run
  }
}

private struct CheckRunsAnswer: Decodable, Sendable {
  var checkRuns: [CheckRunAnswer]

  enum CodingKeys: String, CodingKey {
    case checkRuns = "check_runs"
  }
}
