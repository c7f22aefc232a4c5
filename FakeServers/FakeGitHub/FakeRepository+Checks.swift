import Platform

extension FakeRepository {
  /// Every check run of a sha, in the order of their making.
  public func checkRuns(of sha: String) throws -> [FakeGitHub.CheckRun] {
    try service.found(fullName).checkRuns.filter { $0.sha == sha }
  }

  /// Presses "Re-run" beside a check run and delivers `check_run.rerequested`.
  ///
  /// - Returns: what the receiver answered; `nil` without a webhook.
  @discardableResult
  public func rerun(checkRun id: Int64, by login: String = "alice") async throws -> FakeGitHub.Delivery? {
    try await service.rerequestCheckRun(id, in: fullName, by: service.user(login))
  }

  /// Presses "Re-run all checks" of a commit that has some, and delivers `check_suite.rerequested`.
  @discardableResult
  public func rerunChecks(of sha: String, by login: String = "alice") async throws -> FakeGitHub.Delivery? {
    guard let suite = try service.found(fullName).checkSuites.first(where: { $0.sha == sha }) else {
      throw FakeGitHubError(.notFound, "\(fullName) has no check suite of \(sha)")
    }
    return try await service.rerequestCheckSuite(suite.id, in: fullName, by: service.user(login))
  }

  /// Presses a button that the App put beside a check run, and delivers `check_run.requested_action`.
  @discardableResult
  public func press(
    _ identifier: String, ofCheckRun id: Int64, by login: String = "alice"
  ) async throws -> FakeGitHub.Delivery? {
    try await service.requestAction(identifier, ofCheckRun: id, in: fullName, by: service.user(login))
  }
}
