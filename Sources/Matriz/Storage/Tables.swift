package import Platform
package import RunModel

/// What the rules of the conductor need of storage, within one transaction: all of it is there afterwards, or nothing.
///
/// The database is one such storage; the simulation has another, in memory, under the same rules.
package protocol Tables: ~Copyable {
  // Runs.
  borrowing func run(_ id: String) throws -> Run?
  borrowing func insertRun(_ run: Run) throws
  borrowing func updateRun(_ run: Run) throws
  /// The number that the repository's next run gets.
  borrowing func nextRunNumber(for repository: String) throws -> Int
  borrowing func unfinishedRuns() throws -> [Run]
  /// Those of one ref of a repository that were made for this kind of event, oldest first.
  borrowing func unfinishedRuns(repository: String, event: Source.Event, ref: String) throws -> [Run]
  /// The ids of the runs whose deadline is at or before `now`.
  borrowing func lateRuns(at now: Timestamp) throws -> [String]
  borrowing func nextDeadline() throws -> Timestamp?

  // Jobs that have a slot or wait for one.
  /// Says anew which jobs of the run wait for a slot, and which have one.
  borrowing func replaceActiveJobs(of run: Run) throws
  /// How many jobs of each repository have a slot.
  borrowing func heldSlots() throws -> [String: Int]
  /// Of each repository the jobs that have waited longest, at most `limit` of each.
  borrowing func waitingJobs(limit: Int) throws -> [JobQueue.Waiting]

  // Effects that are to be carried out.
  /// Adds an effect and gives it its place behind all that were added before.
  borrowing func insertEffect(_ effect: Effect, of run: Run, lane: String, at now: Timestamp) throws
    -> OutboxEntry
  /// In the order in which they were added.
  borrowing func pendingEffects() throws -> [OutboxEntry]
  borrowing func removeEffect(_ id: Int64) throws
  borrowing func postponeEffect(_ entry: OutboxEntry, problem: String) throws
}

/// An effect that is to be carried out.
package struct OutboxEntry: Hashable, Sendable {
  /// Later entries have greater ones.
  package let id: Int64
  package let runID: String
  /// Entries of one lane are carried out one after the other, in the order in which they were written.
  package let lane: String
  package let effect: Effect
  /// How often it was tried in vain.
  package var tries: Int
  package var notBefore: Timestamp
  /// Since when it is tried, as far as its patience goes: when it was written, or when the other side was last found
  /// to be away, which is nobody's fault.
  package var countsFrom: Timestamp

  package init(
    id: Int64, runID: String, lane: String, effect: Effect, tries: Int = 0, notBefore: Timestamp,
    countsFrom: Timestamp
  ) {
    self.id = id
    self.runID = runID
    self.lane = lane
    self.effect = effect
    self.tries = tries
    self.notBefore = notBefore
    self.countsFrom = countsFrom
  }

  /// Statuses of a commit must not overtake each other; neither may a stop its dispatch. A new attempt of a job does not
  /// wait until the runner has confirmed the end of the one before.
  package static func lane(of effect: Effect, in run: Run) -> String {
    switch effect {
    case .reportStatus: "status \(run.source.repository) \(run.source.sha)"
    case .reportJobStatus(let job):
      "status \(run.source.repository) \(run.source.sha) \(run.job(job)?.name ?? job)"
    case .reportCheck: "check \(run.id)"
    case .readCommitMessage: "message \(run.id)"
    case .dispatch(let job, let attempt), .stop(let job, let attempt, _): "job \(job) \(attempt)"
    case .uploadAsset(let name): "asset \(run.id) \(name)"
    }
  }
}
