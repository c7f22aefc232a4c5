import HTTP

/// The payloads of `check_run` and `check_suite`.
extension Representation {
  func checkRunEvent(
    _ action: String, _ run: FakeGitHub.CheckRun, suite: CheckSuite, in repository: Repository,
    app: JSONValue, sender: Account
  ) -> JSONValue {
    let shown = checkRun(run, in: repository, app: app)
      .merging(["check_suite": checkSuiteReference(suite, in: repository, app: app)])
    return [
      "action": .string(action), "check_run": shown, "repository": eventRepository(repository),
      "sender": account(sender),
    ]
  }

  func checkSuiteEvent(
    _ action: String, _ suite: CheckSuite, head: GitCommit, in repository: Repository, app: JSONValue,
    sender: Account
  ) -> JSONValue {
    [
      "action": .string(action),
      "check_suite": checkSuite(suite, head: head, in: repository, app: app),
      "repository": eventRepository(repository), "sender": account(sender),
    ]
  }
}
