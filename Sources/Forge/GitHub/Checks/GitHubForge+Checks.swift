package import Forge
internal import HTTP

/// Check runs, which only apps have.
extension GitHubForge {
  /// GitHub takes at most so many annotations in one request, and adds them to those that are there.
  static let annotationsPerRequest = 50
  private static let checksPerPage = 100
  /// Check runs of one name on one commit: one for each time it was built.
  private static let maximumCheckPages = 10

  package var supportsChecks: Bool {
    if case .app = credentials { true } else { false }
  }

  package func updateCheck(repository: String, sha: String, check: Check) async throws(ForgeError) {
    guard supportsChecks else {
      throw ForgeError(.refused, "only an app can make checks, and a personal token is configured")
    }
    let key = try Self.key(repository, sha, check.name, check.externalID)
    do throws(ForgeError) {
      try await withToken(for: key.repository) { token throws(ForgeError) in
        try await self.update(check, key, token)
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
    return try await withToken(for: key.repository) { token throws(ForgeError) in
      try await self.find(key, token)?.state
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
  private func update(_ check: Check, _ key: KnownChecks.Key, _ token: String) async throws(ForgeError) {
    var run: KnownChecks.Run
    if let known = knownChecks[key] {
      run = known
    } else if let found = try await find(key, token) {
      run = found
    } else {
      run = try await create(check, key, token)
      knownChecks[key] = run
      if run.annotationCount >= check.annotations.count { return }
    }
    repeat {
      if run.state.isCompleted, !check.state.isCompleted { return }
      run = try await patch(run, check, key, token)
      knownChecks[key] = run
    } while run.annotationCount < check.annotations.count
  }

  /// `GET /repos/{owner}/{repo}/commits/{ref}/check-runs`
  private func find(_ key: KnownChecks.Key, _ token: String) async throws(ForgeError) -> KnownChecks.Run? {
    let path =
      "/repos/\(key.repository)/commits/\(key.sha)/check-runs?check_name=\(URLText.encode(key.name))"
      + "&filter=all&per_page=\(Self.checksPerPage)"
    for page in 1...Self.maximumCheckPages {
      let answer: CheckRunsAnswer = try await api.call("GET", "\(path)&page=\(page)", bearer: token)
      let same = answer.checkRuns.filter { $0.externalID == key.externalID }
      // Should there be two, the newer one is what people see.
      if let found = same.max(by: { $0.id < $1.id }) { return found.run }
      if answer.checkRuns.count < Self.checksPerPage { return nil }
    }
    return nil
  }

  /// `POST /repos/{owner}/{repo}/check-runs`
  private func create(
    _ check: Check, _ key: KnownChecks.Key, _ token: String
  ) async throws(ForgeError) -> KnownChecks.Run {
    let batch = check.annotations.prefix(Self.annotationsPerRequest)
    let isWhole = batch.count == check.annotations.count
    var body = CheckRunBody(check, annotations: batch)
    body.name = check.name
    body.headSHA = key.sha
    body.externalID = check.externalID
    body.set(isWhole || !check.state.isCompleted ? check.state : .inProgress, of: check)
    let answer: CheckRunAnswer = try await api.call(
      "POST", "/repos/\(key.repository)/check-runs", bearer: token, body: .encoding(body))
    return Self.run(answer, annotations: batch.count)
  }

  /// `PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}`
  private func patch(
    _ run: KnownChecks.Run, _ check: Check, _ key: KnownChecks.Key, _ token: String
  ) async throws(ForgeError) -> KnownChecks.Run {
    let rest = check.annotations.dropFirst(run.annotationCount)
    let batch = rest.prefix(Self.annotationsPerRequest)
    var body = CheckRunBody(check, annotations: batch)
    if batch.count == rest.count { body.set(run.state.advanced(to: check.state), of: check) }
    let answer: CheckRunAnswer = try await api.call(
      "PATCH", "/repos/\(key.repository)/check-runs/\(run.id)", bearer: token, body: .encoding(body))
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
