import Matriz
import Platform
import RunModel

/// The tables of the matriz in memory: what the rules read and change within a transaction.
///
/// Its contents are a value, so that a savepoint is a copy, and what was committed is what a crash leaves.
final class MemoryTables: DeliveryTables {
  struct Contents {
    fileprivate(set) var runs: [String: Run] = [:]
    /// In the order in which they were made.
    fileprivate(set) var runIDs: [String] = []
    fileprivate var outbox: [OutboxEntry] = []
    fileprivate var lastEntry: Int64 = 0
    fileprivate var activeJobs: [String: [ActiveJob]] = [:]
    /// The run of each delivery that was taken.
    fileprivate var deliveries: [String: String] = [:]
    /// When the push was, that made a run.
    fileprivate var occurrences: [String: Timestamp] = [:]
    /// The clock that runs are timed by, as far from the one that nobody sets; and since which start of the machine.
    var clock: (boot: Int, offset: Int64)?
    /// What was stored, by run and name.
    var artifacts: Set<String> = []
    /// The runs that changed since the last commit, in order.
    fileprivate var changed: [String] = []
  }

  fileprivate struct ActiveJob {
    let waiting: JobQueue.Waiting
    let holdsSlot: Bool
  }

  var contents: Contents

  init(_ contents: Contents = Contents()) {
    self.contents = contents
  }

  /// The runs that the transactions since the last call have changed.
  func takeChanges() -> [Run] {
    defer { contents.changed = [] }
    return contents.changed.compactMap { contents.runs[$0] }
  }

  // MARK: Runs

  func run(_ id: String) -> Run? { contents.runs[id] }

  func insertRun(_ run: Run) {
    contents.runIDs.append(run.id)
    updateRun(run)
  }

  func updateRun(_ run: Run) {
    contents.runs[run.id] = run
    if !contents.changed.contains(run.id) { contents.changed.append(run.id) }
  }

  func nextRunNumber(for repository: String) -> Int {
    1 + (contents.runs.values.filter { $0.source.repository == repository }.map(\.number).max() ?? 0)
  }

  func unfinishedRuns() -> [Run] {
    contents.runIDs.compactMap { contents.runs[$0] }.filter { !$0.state.isFinal }
  }

  func unfinishedRuns(repository: String, event: Source.Event, ref: String) -> [Run] {
    unfinishedRuns().filter {
      $0.source.repository == repository && $0.source.event == event && $0.source.ref == ref
    }
  }

  func lateRuns(at now: Timestamp) -> [String] {
    unfinishedRuns().filter { $0.deadline.map { $0 <= now.instant } ?? false }.map(\.id)
  }

  func nextDeadline() -> Timestamp? { unfinishedRuns().compactMap(\.deadline).min()?.timestamp }

  func newestRun(repository: String, sha: String, isPullRequest: Bool) -> Run? {
    contents.runs.values.filter {
      $0.source.repository == repository && $0.source.sha == sha && $0.source.isPullRequest == isPullRequest
    }.max { $0.number < $1.number }
  }

  func shownRuns(since: Timestamp, before: String?, limit: Int) -> [Run] {
    let older = before.flatMap { contents.runIDs.firstIndex(of: $0) } ?? contents.runIDs.endIndex
    return Array(
      contents.runIDs[..<older].reversed().lazy.compactMap { self.contents.runs[$0] }.filter { run in
        guard run.finishedAt.map({ $0 > since.instant }) ?? true else { return false }
        let source = run.source
        return self.newestRun(
          repository: source.repository, sha: source.sha, isPullRequest: source.isPullRequest)?.id == run.id
      }.prefix(limit))
  }

  // MARK: Repositories

  func raiseRunNumbers(of repository: String, by offset: Int) {
    for var run in contents.runs.values where run.source.repository == repository {
      run.raiseNumber(by: offset)
      contents.runs[run.id] = run
    }
  }

  func renameRepository(from old: String, to new: String, cloneURL: String) {
    for var run in contents.runs.values where run.source.repository == old {
      _ = run.handle(.repositoryMoved(to: new, cloneURL: cloneURL), at: run.createdAt)
      contents.runs[run.id] = run
      replaceActiveJobs(of: run)
    }
  }

  // MARK: Slots

  func replaceActiveJobs(of run: Run) {
    contents.activeJobs[run.id] = run.jobs
      .filter { $0.holdsSlot || $0.isWaitingForSlot && !run.isHeld }
      .map { job in
        ActiveJob(
          waiting: JobQueue.Waiting(
            run: run.id, job: job.id, attempt: job.attempt, repository: run.source.repository,
            queuedAt: job.queuedAt), holdsSlot: job.holdsSlot)
      }
  }

  func heldSlots() -> [String: Int] {
    Dictionary(grouping: activeJobs.filter(\.holdsSlot), by: \.waiting.repository).mapValues(\.count)
  }

  func waitingJobs(limit: Int) -> [JobQueue.Waiting] {
    let waiting = activeJobs.filter { !$0.holdsSlot }.map(\.waiting)
      .sorted { ($0.queuedAt, $0.run, $0.job) < ($1.queuedAt, $1.run, $1.job) }
    var taken: [String: Int] = [:]
    return waiting.filter {
      taken[$0.repository, default: 0] += 1
      return taken[$0.repository, default: 0] <= limit
    }
  }

  private var activeJobs: [ActiveJob] { contents.runIDs.flatMap { contents.activeJobs[$0] ?? [] } }

  // MARK: Effects

  func insertEffect(_ effect: Effect, of run: Run, lane: String, at now: Timestamp) -> OutboxEntry {
    contents.lastEntry += 1
    let entry = OutboxEntry(
      id: contents.lastEntry, runID: run.id, lane: lane, effect: effect, notBefore: now, countsFrom: now)
    contents.outbox.append(entry)
    return entry
  }

  func pendingEffects() -> [OutboxEntry] { contents.outbox }

  func hasEffects(inLane lane: String) -> Bool { contents.outbox.contains { $0.lane == lane } }

  func removeEffect(_ id: Int64) {
    contents.outbox.removeAll { $0.id == id }
  }

  func postponeEffect(_ entry: OutboxEntry, problem: String) {
    guard let index = contents.outbox.firstIndex(where: { $0.id == entry.id }) else { return }
    contents.outbox[index] = entry
  }

  // MARK: Deliveries

  func hasTaken(delivery: String) -> Bool { contents.deliveries[delivery] != nil }

  func insertDelivery(_ record: DeliveryRecord) {
    guard let delivery = record.delivery, let run = record.runID else { return }
    contents.deliveries[delivery] = run
    contents.occurrences[run] = record.occurredAt
  }

  func occurrence(ofRun id: String) -> Timestamp? { contents.occurrences[id] }
}
