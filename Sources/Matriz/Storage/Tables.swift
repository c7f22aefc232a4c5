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

  /// The newest run of a commit that was made for a pull request, or for anything else: it speaks for the commit there.
  borrowing func newestRun(repository: String, sha: String, isPullRequest: Bool) throws -> Run?
  /// The runs that speak for their commit and have not ended, or have since then; newest first, at most `limit`, those
  /// that are older than the run with the id `before`.
  borrowing func shownRuns(since: Timestamp, before: String?, limit: Int) throws -> [Run]

  // A repository that gets another name.
  /// Has the numbers of its runs go up by so much.
  borrowing func raiseRunNumbers(of repository: String, by offset: Int) throws
  /// Gives all that is kept of it the new name. No number may be taken there.
  borrowing func renameRepository(from old: String, to new: String, cloneURL: String) throws

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
  /// Whether anything of this lane is to be carried out, or is being.
  borrowing func hasEffects(inLane lane: String) throws -> Bool
  borrowing func removeEffect(_ id: Int64) throws
  borrowing func postponeEffect(_ entry: OutboxEntry, problem: String) throws
}

extension Tables where Self: ~Copyable {
  /// The runs that speak for a commit: the newest that was made for a pull request, and the newest of the others.
  package borrowing func newestRuns(repository: String, sha: String) throws -> [Run] {
    var runs: [Run] = []
    for isPullRequest in [false, true] {
      if let run = try newestRun(repository: repository, sha: sha, isPullRequest: isPullRequest) {
        runs.append(run)
      }
    }
    return runs
  }

  /// The run whose word counts where `run` would say this: the newest of its commit and context, unless that one has
  /// nothing to say there.
  package borrowing func speaker(of effect: Effect, in run: Run) throws -> Run {
    guard effect.isReport else { return run }
    let source = run.source
    let newest = try newestRun(
      repository: source.repository, sha: source.sha, isPullRequest: source.isPullRequest)
    guard let newest, newest.number > run.number, newest.speaks(where: effect, of: run) else { return run }
    return newest
  }
}

extension Effect {
  /// Something that the forge is told of a commit.
  package var isReport: Bool {
    switch self {
    case .reportStatus, .reportJobStatus, .reportCheck: true
    case .readCommitMessage, .dispatch, .stop, .uploadAsset: false
    }
  }
}

extension Run {
  /// Whether it has something to say in the place of an older run of its commit and context.
  fileprivate func speaks(where effect: Effect, of older: Run) -> Bool {
    switch effect {
    case .reportStatus: true
    case .reportJobStatus(let id):
      plan.reports.jobStatuses && jobs.contains { $0.name == older.job(id)?.name }
    case .reportCheck: plan.reports.checks
    case .readCommitMessage, .dispatch, .stop, .uploadAsset: false
    }
  }
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

  /// What is told of a commit in one context must not overtake each other, whichever of its runs tells it: so the
  /// repository's name, which may change meanwhile, is not part of it. Neither may a stop overtake its dispatch. A new
  /// attempt of a job does not wait until the runner has confirmed the end of the one before.
  package static func lane(of effect: Effect, in run: Run) -> String {
    let context = run.source.sha + (run.source.isPullRequest ? "/pr" : "")
    return switch effect {
    case .reportStatus: "status \(context)"
    case .reportJobStatus(let job): "status \(context)/\(run.job(job)?.name ?? job)"
    case .reportCheck: "check \(context)"
    case .readCommitMessage: "message \(run.id)"
    case .dispatch(let job, let attempt), .stop(let job, let attempt, _): "job \(job) \(attempt)"
    case .uploadAsset(let name): "asset \(run.id) \(name)"
    }
  }
}
