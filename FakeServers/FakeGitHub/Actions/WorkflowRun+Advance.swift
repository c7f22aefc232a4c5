import Platform

/// How a run comes from `queued` to `completed`. Every function tells what webhooks come of it.
///
/// States of the newest attempt: `queued` (also `requested`, `waiting`, `pending`) -> `in_progress` with its first job ->
/// `completed` with its last one, or by itself. What is completed stays so; a re-run is another attempt.
extension FakeGitHub.WorkflowRun {
  typealias Conclusion = FakeGitHub.WorkflowConclusion

  var isCompleted: Bool { status == .completed }

  /// Starts every job that waits for no other.
  mutating func start(at now: Timestamp) throws -> [WorkflowChange] {
    try requireOpen()
    let done = Set(jobs.filter { $0.status == .completed }.map(\.key))
    return try jobs.filter { $0.status != .completed && $0.startedAt == nil && done.isSuperset(of: $0.needs) }
      .flatMap { try startJob($0.id, at: now) } + startRun(at: now)
  }

  mutating func startJob(_ id: Int64, at now: Timestamp) throws -> [WorkflowChange] {
    try requireOpen()
    let index = try openJob(id)
    guard attempt.jobs[index].startedAt == nil else { return [] }
    attempt.jobs[index].status = .inProgress
    attempt.jobs[index].startedAt = now
    attempt.jobs[index].beginStep(at: now)
    return startRun(at: now) + [.job(id, action: "in_progress")]
  }

  /// Ends the step that a job is at, and begins the next one.
  mutating func finishStep(
    ofJob id: Int64, _ conclusion: Conclusion, lines: [String], at now: Timestamp
  ) throws -> [WorkflowChange] {
    let changes = try startJob(id, at: now)
    let index = try openJob(id)
    attempt.jobs[index].log(lines, at: now)
    attempt.jobs[index].finishStep(conclusion, at: now)
    attempt.jobs[index].beginStep(at: now)
    attempt.updatedAt = now
    return changes
  }

  /// Adds to the log of the step that a job is at.
  mutating func log(_ lines: [String], inJob id: Int64, at now: Timestamp) throws -> [WorkflowChange] {
    let changes = try startJob(id, at: now)
    attempt.jobs[try openJob(id)].log(lines, at: now)
    return changes
  }

  /// Ends a job; those that need it are skipped when it did not succeed, and the run ends with its last job.
  mutating func completeJob(
    _ id: Int64, _ conclusion: Conclusion, at now: Timestamp
  ) throws -> [WorkflowChange] {
    try requireOpen()
    var changes: [WorkflowChange] = []
    if conclusion != .skipped && conclusion != .cancelled { changes += try startJob(id, at: now) }
    changes += endJob(try openJob(id), conclusion, at: now)
    while let index = attempt.jobs.firstIndex(where: { isHopeless($0) }) {
      changes += endJob(index, .skipped, at: now)
    }
    guard jobs.allSatisfy({ $0.status == .completed }) else { return changes }
    return changes + endRun(Self.conclusion(of: jobs.compactMap(\.conclusion)), at: now)
  }

  /// Ends the run and every job of it that is still open. What never began has no jobs.
  mutating func complete(_ conclusion: Conclusion, at now: Timestamp) throws -> [WorkflowChange] {
    try requireOpen()
    var changes: [WorkflowChange] = []
    if [.startupFailure, .actionRequired].contains(conclusion), jobs.allSatisfy({ $0.startedAt == nil }) {
      attempt.jobs = []
    }
    let ofJobs: Conclusion =
      switch conclusion {
      case .success, .neutral: .success
      case .failure, .startupFailure, .actionRequired: .failure
      case .skipped: .skipped
      case .cancelled, .timedOut, .stale: .cancelled
      }
    for index in attempt.jobs.indices where attempt.jobs[index].status != .completed {
      if ofJobs == .success || ofJobs == .failure {
        changes += try startJob(attempt.jobs[index].id, at: now)
      }
      changes += endJob(index, ofJobs, at: now)
    }
    return changes + endRun(conclusion, at: now)
  }

  /// Sets what a run is before it begins.
  mutating func hold(_ status: FakeGitHub.WorkflowStatus, at now: Timestamp) throws -> [WorkflowChange] {
    try requireOpen()
    guard ![.inProgress, .completed].contains(status), self.status != .inProgress else {
      throw FakeGitHubError(
        .invalidArgument, "run \(id) is \(self.status.rawValue), and cannot be \(status.rawValue)")
    }
    attempt.status = status
    attempt.updatedAt = now
    for index in attempt.jobs.indices { attempt.jobs[index].status = status }
    return status == .waiting ? jobs.map { .job($0.id, action: "waiting") } : []
  }

  /// Begins another attempt with those jobs.
  mutating func rerun(_ jobs: [FakeGitHub.WorkflowJob], by actor: Account, at now: Timestamp)
    -> [WorkflowChange]
  {
    attempts.append(
      FakeGitHub.Attempt(
        number: attempt.number + 1, jobs: jobs, actor: actor, startedAt: now, updatedAt: now))
    isCancelRequested = false
    hasLogs = true
    return announcement
  }

  /// What is told of a run, or an attempt, that is new.
  var announcement: [WorkflowChange] {
    [.run(action: "requested")]
      + jobs.filter { $0.status != .completed }.map { .job($0.id, action: "queued") }
  }

  private mutating func startRun(at now: Timestamp) -> [WorkflowChange] {
    attempt.updatedAt = now
    guard status != .inProgress else { return [] }
    attempt.status = .inProgress
    return [.run(action: "in_progress")]
  }

  private mutating func endRun(_ conclusion: Conclusion, at now: Timestamp) -> [WorkflowChange] {
    attempt.status = .completed
    attempt.conclusion = conclusion
    attempt.updatedAt = now
    return [.run(action: "completed")]
  }

  private mutating func endJob(_ index: Int, _ conclusion: Conclusion, at now: Timestamp) -> [WorkflowChange]
  {
    attempt.jobs[index].end(conclusion, at: now)
    return [.job(attempt.jobs[index].id, action: "completed")]
  }

  /// Whether a job that was needed before has ended, but not well.
  private func isHopeless(_ job: FakeGitHub.WorkflowJob) -> Bool {
    job.status != .completed
      && jobs.contains { job.needs.contains($0.key) && $0.conclusion != nil && $0.conclusion != .success }
  }

  private func requireOpen() throws {
    guard isCompleted else { return }
    throw FakeGitHubError(.invalidArgument, "run \(id) is completed")
  }

  private func openJob(_ id: Int64) throws -> Int {
    guard let index = jobs.firstIndex(where: { $0.id == id }) else {
      throw FakeGitHubError(.notFound, "attempt \(attempt.number) of run \(self.id) has no job \(id)")
    }
    guard jobs[index].status != .completed else {
      throw FakeGitHubError(.invalidArgument, "job \(id) is completed")
    }
    return index
  }

  /// What the jobs come to: the worst of them.
  static func conclusion(of jobs: [Conclusion]) -> Conclusion {
    let worst: [Conclusion] = [.failure, .timedOut, .cancelled, .actionRequired, .success, .neutral]
    return worst.first(where: jobs.contains) ?? .skipped
  }
}

extension FakeGitHub.WorkflowJob {
  fileprivate mutating func beginStep(at now: Timestamp) {
    guard let index = steps.firstIndex(where: { $0.status != .completed }) else { return }
    steps[index].status = .inProgress
    steps[index].startedAt = now
  }

  fileprivate mutating func finishStep(_ conclusion: FakeGitHub.WorkflowConclusion, at now: Timestamp) {
    guard let index = steps.firstIndex(where: { $0.status != .completed }) else { return }
    steps[index].startedAt = steps[index].startedAt ?? now
    steps[index].status = .completed
    steps[index].conclusion = conclusion
    steps[index].completedAt = now
  }

  fileprivate mutating func log(_ lines: [String], at now: Timestamp) {
    guard let index = steps.firstIndex(where: { $0.status != .completed }) ?? steps.indices.last else {
      return
    }
    // GitHub writes seven digits of a second.
    let time = "\(now.rfc3339.prefix(23))0000Z"
    steps[index].log += lines.map { "\(time) \($0)" }
  }

  /// The step that the job is at gets the blame, those behind it are skipped; the last one tidies up.
  fileprivate mutating func end(_ conclusion: FakeGitHub.WorkflowConclusion, at now: Timestamp) {
    let isGood = conclusion == .success
    if startedAt == nil {
      steps = []
    } else if !isGood, !steps.contains(where: { $0.conclusion == conclusion }) {
      finishStep(conclusion, at: now)
    }
    while let next = steps.first(where: { $0.status != .completed }) {
      finishStep(isGood || next.number == steps.last?.number ? .success : .skipped, at: now)
    }
    status = .completed
    self.conclusion = conclusion
    startedAt = startedAt ?? now
    completedAt = now
  }
}
