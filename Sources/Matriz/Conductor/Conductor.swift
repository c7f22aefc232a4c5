import Database
import Platform
import RunModel
import Synchronization

/// Takes events in: applies them to the runs in the database, stores the effects with the change, and tells whoever
/// carries effects out or waits for a run. All that the matriz knows of runs goes through here.
final class Conductor: Sendable {
  /// What a change led to, told after its commit.
  struct Change: Sendable {
    let run: Run
    let entries: [OutboxEntry]
  }

  let database: Database
  private let runs = RunStore()
  private let outbox = OutboxStore()
  private let listeners = Mutex<[@Sendable (Change) -> Void]>([])
  private let now: @Sendable () -> Timestamp

  init(database: Database, now: @escaping @Sendable () -> Timestamp = { Timestamp.now() }) {
    self.database = database
    self.now = now
  }

  /// `listener` is called after each commit; it must not wait.
  func onChange(_ listener: @escaping @Sendable (Change) -> Void) {
    listeners.withLock { $0.append(listener) }
  }

  /// Tells nobody any more: those who listened hold us, and we them.
  func dropListeners() {
    listeners.withLock { $0 = [] }
  }

  /// Applies an event to a run; the answer is the run after it, durable. `nil` when there is no such run.
  @discardableResult
  func handle(_ event: Event, run id: String) async throws -> Run? {
    try await change(id) { run, now in run.handle(event, at: now) }
  }

  /// Applies an event that the carrying out of an effect led to, and forgets the effect, in one commit.
  func finish(_ entry: OutboxEntry, with event: Event?) async throws {
    let now = self.now()
    let change = try await database.write { [runs, outbox] db -> Change? in
      try outbox.remove(entry.id, from: db)
      guard let event, var run = try runs.find(entry.runID, in: db) else { return nil }
      var effects = run.handle(event, at: now.instant)
      effects += Self.admitJobs(of: &run, at: now.instant)
      try runs.update(run, in: db)
      return Change(run: run, entries: try outbox.insert(effects, of: run, at: now, into: db))
    }
    if let change { tell(change) }
  }

  func postpone(_ entry: OutboxEntry, problem: String) async throws {
    try await database.write { [outbox] db in try outbox.postpone(entry, problem: problem, in: db) }
  }

  /// Stores a new run with its first effects, as part of a write that somebody else opened. Tell the change after
  /// the commit (`tell`).
  func insert(
    source: Source, plan: Plan, at now: Timestamp, into db: borrowing DatabaseConnection
  ) throws -> Change {
    let number = try runs.nextNumber(for: source.repository, in: db)
    var (run, effects) = Run.create(
      id: UUIDv7.generate(), number: number, source: source, plan: plan,
      jobIDs: plan.jobs.map { _ in UUIDv7.generate() }, at: now.instant)
    effects += Self.admitJobs(of: &run, at: now.instant)
    try runs.insert(run, into: db)
    return Change(run: run, entries: try outbox.insert(effects, of: run, at: now, into: db))
  }

  /// There is room for as many jobs as come.
  private static func admitJobs(of run: inout Run, at now: Instant) -> [Effect] {
    var effects: [Effect] = []
    for job in run.jobs where job.isWaitingForSlot && !run.isHeld {
      effects += run.handle(.admitted(job: job.id, attempt: job.attempt), at: now)
    }
    return effects
  }

  func tell(_ change: Change) {
    for listener in listeners.withLock({ $0 }) { listener(change) }
  }

  // MARK: Reading

  func run(_ id: String) async throws -> Run? {
    try await database.read { [runs] db in try runs.find(id, in: db) }
  }

  func list(before: String?, limit: Int) async throws -> [Run] {
    try await database.read { [runs] db in try runs.list(before: before, limit: limit, in: db) }
  }

  func unfinishedRuns() async throws -> [Run] {
    try await database.read { [runs] db in try runs.unfinished(in: db) }
  }

  func pendingEffects() async throws -> [OutboxEntry] {
    try await database.read { [outbox] db in try outbox.all(in: db) }
  }

  /// Tells every run whose deadline has come that it has, and answers when the next one will.
  func handleDeadlines() async throws -> Timestamp? {
    let now = self.now()
    let late = try await database.read { [runs] db in try runs.late(at: now, in: db) }
    for id in late { try await handle(.deadlineReached, run: id) }
    return try await database.read { [runs] db in try runs.nextDeadline(in: db) }
  }

  private func change(
    _ id: String, _ body: @escaping @Sendable (inout Run, Instant) -> [Effect]
  ) async throws -> Run? {
    let now = self.now()
    let change = try await database.write { [runs, outbox] db -> Change? in
      guard var run = try runs.find(id, in: db) else { return nil }
      let before = run
      var effects = body(&run, now.instant)
      effects += Self.admitJobs(of: &run, at: now.instant)
      if run != before { try runs.update(run, in: db) }
      return Change(run: run, entries: try outbox.insert(effects, of: run, at: now, into: db))
    }
    if let change { tell(change) }
    return change?.run
  }
}

extension Timestamp {
  /// The same moment as the model names it.
  var instant: Instant { Instant(milliseconds: milliseconds) }
}

extension Instant {
  var timestamp: Timestamp { Timestamp(milliseconds: milliseconds) }
}
