import RunModel

/// The attempts of a run's jobs that are over, and those of them whose worker was lost in the middle of a command.
struct OverAttempts: Sendable {
  let runID: String
  /// The job and the attempt.
  private(set) var cutOff: [(job: String, attempt: Int)] = []
  /// Each job's attempts before this one are over.
  private var firstOpen: [String: Int] = [:]

  init(of run: Run) {
    runID = run.id
    for job in run.jobs {
      firstOpen[job.id] = job.state.isFinal ? job.attempt + 1 : job.attempt
      if job.state.isFinal, job.awaySince != nil, Self.isCut(job.steps, job.state, job.reason) {
        cutOff.append((job.id, job.attempt))
      }
      // Only a worker that was lost is followed by another attempt at the very same moment.
      for earlier in job.earlierAttempts.suffix(1)
      where earlier.worker != nil && earlier.finishedAt == job.queuedAt
        && Self.isCut(earlier.steps, earlier.state, earlier.reason)
      {
        cutOff.append((job.id, earlier.attempt))
      }
    }
  }

  var isEmpty: Bool { cutOff.isEmpty && !firstOpen.values.contains { $0 > 1 } }

  func contains(run: String, job: String, attempt: Int) -> Bool {
    guard run == runID, let first = firstOpen[job] else { return false }
    return attempt < first
  }

  /// A step that was under way when its job ended has the job's end as its own.
  private static func isCut(_ steps: [Step], _ state: State, _ reason: String?) -> Bool {
    steps.contains { $0.state == state && $0.reason != nil && $0.reason == reason }
  }
}
