import HTTP
import Platform

/// What happens to checks becomes a delivery.
extension Service {
  /// The App as other objects name it.
  var integration: JSONValue {
    representation.integration(options, createdAt: startedAt)
  }

  /// A branch was pushed: an App that may write checks gets a suite for the commit, and `check_suite.requested`.
  func requestChecks(of change: RefChange, in repository: Repository, by sender: Account) async throws {
    guard !change.isTag, !change.isDeleted, let head = change.head, repository.isInstalled,
      PermissionLevel(options.permissions["checks"]) >= .write
    else { return }
    let suite = try await checkSuite(
      of: head.sha, in: repository, branch: change.shortName, before: change.old)
    _ = try await deliverCheckSuite("requested", suite.id, in: repository.fullName, by: sender)
  }

  /// Tells, behind the request at hand, of a check run; and of its suite's end when this was the last one.
  func announceCheckRun(_ run: FakeGitHub.CheckRun, actions: [String], of repository: Repository) {
    let name = repository.fullName
    let ended = model.withLock { model -> Bool in
      guard actions.contains("completed"), let repository = model.repository(name),
        let suite = repository.checkSuites.first(where: { $0.id == run.suite })
      else { return false }
      return suite.outcome(of: repository.latestCheckRuns(of: suite.id)).status == .completed
    }
    inBackground { [bot] service in
      for action in actions {
        _ = try await service.deliverCheckRun(action, run, in: name, by: bot)
      }
      if ended { _ = try await service.deliverCheckSuite("completed", run.suite, in: name, by: bot) }
    }
  }

  /// "Re-run" beside one check run: `check_run.rerequested` is delivered, with the suite as it was, and that is queued
  /// again.
  func rerequestCheckRun(
    _ id: Int64, in name: String, by sender: Account
  ) async throws -> FakeGitHub.Delivery? {
    let run = try checkRun(id, in: name)
    let repository = try found(name)
    let payload = try checkRunPayload("rerequested", run, in: repository, by: sender)
    requeue(run.suite, in: name)
    return try await deliver("check_run", "rerequested", payload, of: repository)
  }

  /// "Re-run all checks" of a commit.
  func rerequestCheckSuite(
    _ id: Int64, in name: String, by sender: Account
  ) async throws -> FakeGitHub.Delivery? {
    requeue(id, in: name)
    return try await deliverCheckSuite("rerequested", id, in: name, by: sender)
  }

  /// The press of a button that the App put beside a check run.
  func requestAction(
    _ identifier: String, ofCheckRun id: Int64, in name: String, by sender: Account
  ) async throws -> FakeGitHub.Delivery? {
    let run = try checkRun(id, in: name)
    guard run.actions.contains(where: { $0.identifier == identifier }) else {
      throw FakeGitHubError(.notFound, "check run \(id) has no action '\(identifier)'")
    }
    return try await deliverCheckRun(
      "requested_action", run, in: name, by: sender,
      with: ["requested_action": ["identifier": .string(identifier)]])
  }

  /// The check run as it is now.
  func checkRun(_ id: Int64, in name: String) throws -> FakeGitHub.CheckRun {
    guard let run = try found(name).checkRuns.first(where: { $0.id == id }) else {
      throw FakeGitHubError(.notFound, "\(name) has no check run \(id)")
    }
    return run
  }

  private func requeue(_ suite: Int64, in name: String) {
    _ = model.withLock { model in
      model.update(name) { repository in
        repository.updateCheckSuite(suite) { suite in
          suite.isRerequested = true
          suite.updatedAt = .now()
        }
      }
    }
  }

  private func deliverCheckRun(
    _ action: String, _ run: FakeGitHub.CheckRun, in name: String, by sender: Account,
    with members: [String: JSONValue] = [:]
  ) async throws -> FakeGitHub.Delivery? {
    let repository = try found(name)
    let payload = try checkRunPayload(action, run, in: repository, by: sender)
    return try await deliver("check_run", action, payload.merging(members), of: repository)
  }

  private func checkRunPayload(
    _ action: String, _ run: FakeGitHub.CheckRun, in repository: Repository, by sender: Account
  ) throws -> JSONValue {
    let suite = try checkSuite(run.suite, of: repository)
    return representation.checkRunEvent(
      action, run, suite: suite, in: repository, app: integration, sender: sender)
  }

  private func deliverCheckSuite(
    _ action: String, _ id: Int64, in name: String, by sender: Account
  ) async throws -> FakeGitHub.Delivery? {
    let repository = try found(name)
    let suite = try checkSuite(id, of: repository)
    let head = try await repository.git.details(of: suite.sha)
    let payload = representation.checkSuiteEvent(
      action, suite, head: head, in: repository, app: integration, sender: sender)
    return try await deliver("check_suite", action, payload, of: repository)
  }

  private func checkSuite(_ id: Int64, of repository: Repository) throws -> CheckSuite {
    guard let suite = repository.checkSuites.first(where: { $0.id == id }) else {
      throw FakeGitHubError(.notFound, "\(repository.fullName) has no check suite \(id)")
    }
    return suite
  }
}
