package import Database
package import Platform
package import RunModel

extension DatabaseConnection: Tables {
  package borrowing func run(_ id: String) throws -> Run? { try RunStore().find(id, in: self) }
  package borrowing func insertRun(_ run: Run) throws { try RunStore().insert(run, into: self) }
  package borrowing func updateRun(_ run: Run) throws { try RunStore().update(run, in: self) }

  package borrowing func nextRunNumber(for repository: String) throws -> Int {
    try RunStore().nextNumber(for: repository, in: self)
  }

  package borrowing func unfinishedRuns() throws -> [Run] { try RunStore().unfinished(in: self) }

  package borrowing func unfinishedRuns(
    repository: String, event: Source.Event, ref: String
  ) throws -> [Run] {
    try RunStore().unfinished(repository: repository, in: self)
      .filter { $0.source.event == event && $0.source.ref == ref }
  }

  package borrowing func lateRuns(at now: Timestamp) throws -> [String] {
    try RunStore().late(at: now, in: self)
  }

  package borrowing func nextDeadline() throws -> Timestamp? { try RunStore().nextDeadline(in: self) }

  package borrowing func newestRun(repository: String, sha: String, isPullRequest: Bool) throws -> Run? {
    try RunStore().newest(repository: repository, sha: sha, isPullRequest: isPullRequest, in: self)
  }

  package borrowing func shownRuns(since: Timestamp, before: String?, limit: Int) throws -> [Run] {
    try RunStore().shown(since: since, before: before, limit: limit, in: self)
  }

  package borrowing func raiseRunNumbers(of repository: String, by offset: Int) throws {
    try RepositoryStore().raiseNumbers(of: repository, by: offset, in: self)
  }

  package borrowing func renameRepository(from old: String, to new: String, cloneURL: String) throws {
    try RepositoryStore().rename(old, to: new, cloneURL: cloneURL, in: self)
  }

  package borrowing func replaceActiveJobs(of run: Run) throws {
    try ActiveJobStore().replace(of: run, in: self)
  }

  package borrowing func heldSlots() throws -> [String: Int] { try ActiveJobStore().heldSlots(in: self) }

  package borrowing func waitingJobs(limit: Int) throws -> [JobQueue.Waiting] {
    try ActiveJobStore().waiting(limit: limit, in: self)
  }

  package borrowing func insertEffect(
    _ effect: Effect, of run: Run, lane: String, at now: Timestamp
  ) throws -> OutboxEntry {
    try OutboxStore().insert(effect, of: run, lane: lane, at: now, into: self)
  }

  package borrowing func pendingEffects() throws -> [OutboxEntry] { try OutboxStore().all(in: self) }
  package borrowing func hasEffects(inLane lane: String) throws -> Bool {
    try OutboxStore().isPending(lane: lane, in: self)
  }

  package borrowing func removeEffect(_ id: Int64) throws { try OutboxStore().remove(id, from: self) }

  package borrowing func postponeEffect(_ entry: OutboxEntry, problem: String) throws {
    try OutboxStore().postpone(entry, problem: problem, in: self)
  }
}
