import Platform

/// The App's check runs of one commit. GitHub makes it when the commit is pushed, or with its first check run.
struct CheckSuite: Sendable {
  let id: Int64
  let sha: String
  /// The branch that was pushed; `nil` when the commit is on none of the repository's.
  let branch: String?
  /// The branch's commit before the push.
  let before: String?
  let createdAt: Timestamp
  var updatedAt: Timestamp
  /// Somebody asked for it again, and no check run was reported since.
  var isRerequested = false
}

extension CheckSuite {
  /// What a conclusion's weight is: the heaviest of the check runs' is the suite's.
  private static let weights: [FakeGitHub.CheckRun.Conclusion] = [
    .skipped, .neutral, .success, .stale, .cancelled, .failure, .timedOut, .actionRequired,
  ]

  /// The suite's status, and its conclusion once every check run has one.
  ///
  /// - Parameter runs: the newest check run of each name.
  func outcome(
    of runs: [FakeGitHub.CheckRun]
  ) -> (status: FakeGitHub.CheckRun.Status, conclusion: FakeGitHub.CheckRun.Conclusion?) {
    if isRerequested || runs.allSatisfy({ $0.status == .queued }) { return (.queued, nil) }
    let conclusions = runs.compactMap(\.conclusion)
    guard conclusions.count == runs.count else { return (.inProgress, nil) }
    return (.completed, Self.weights.last(where: conclusions.contains))
  }
}

extension Repository {
  /// The newest check run of each name in a suite, in the order of their making. Those of a workflow run are its jobs.
  func latestCheckRuns(of suite: Int64) -> [FakeGitHub.CheckRun] {
    if let run = actions.runs.first(where: { $0.checkSuite == suite }) { return run.checkRuns }
    var names: Set<String> = []
    return checkRuns.reversed().filter { $0.suite == suite && names.insert($0.name).inserted }.reversed()
  }

  mutating func updateCheckRun<T>(_ id: Int64, _ body: (inout FakeGitHub.CheckRun) -> T) -> T? {
    guard let index = checkRuns.firstIndex(where: { $0.id == id }) else { return nil }
    return body(&checkRuns[index])
  }

  mutating func updateCheckSuite<T>(_ id: Int64, _ body: (inout CheckSuite) -> T) -> T? {
    guard let index = checkSuites.firstIndex(where: { $0.id == id }) else { return nil }
    return body(&checkSuites[index])
  }
}
