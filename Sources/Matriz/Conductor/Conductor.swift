import Database
import Platform
import RunModel
import Synchronization

/// Takes events in: applies them to the runs in the database, stores the effects with the change, and tells whoever
/// carries effects out or waits for a run. All that the matriz knows of runs goes through here; the rules are the
/// `Ledger`'s.
final class Conductor: Sendable {
  typealias Change = Ledger.Change

  let database: Database
  let ledger: Ledger
  private let listeners = Mutex<[@Sendable (Change) -> Void]>([])
  let now: @Sendable () -> Timestamp

  init(
    database: Database, ledger: Ledger = Ledger(),
    now: @escaping @Sendable () -> Timestamp = { Timestamp.now() }
  ) {
    self.database = database
    self.ledger = ledger
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

  func tell(_ change: Change) {
    for listener in listeners.withLock({ $0 }) { listener(change) }
  }

  // MARK: Changes

  /// Applies an event to a run; the answer is the run after it, durable. `nil` when there is no such run, or it is not
  /// as the event supposes.
  @discardableResult
  func handle(
    _ event: Event, run id: String, when condition: @escaping @Sendable (Run) -> Bool = { _ in true }
  ) async throws -> Run? {
    let now = self.now()
    let change = try await database.write { [ledger] db in
      try ledger.handle(event, run: id, at: now, in: db, when: condition)
    }
    if let change { tell(change) }
    return change?.run
  }

  /// Applies an event that the carrying out of an effect led to, and forgets the effect, in one commit.
  func finish(_ entry: OutboxEntry, with event: Event?) async throws {
    let now = self.now()
    let change = try await database.write { [ledger] db in
      try ledger.finish(entry, with: event, at: now, in: db)
    }
    if let change { tell(change) }
  }

  func postpone(_ entry: OutboxEntry, problem: String) async throws {
    try await database.write { db in try db.postponeEffect(entry, problem: problem) }
  }

  /// Gives free slots to jobs that wait for one.
  func admit() async throws {
    let now = self.now()
    let changes = try await database.write { [ledger] db in try ledger.admit(at: now, in: db) }
    for change in changes { tell(change) }
  }

  /// Says anew who waits for a slot; once, at the start.
  func recountSlots() async throws {
    try await database.write { [ledger] db in try ledger.recountSlots(in: db) }
  }

  /// Tells every run whose deadline has come that it has, and answers when the next one will.
  func handleDeadlines() async throws -> Timestamp? {
    let now = self.now()
    let late = try await database.read { db in try db.lateRuns(at: now) }
    for id in late { try await handle(.deadlineReached, run: id) }
    return try await database.read { db in try db.nextDeadline() }
  }

  /// Has the forge told again how a run is, as `Ledger.reportAgain` says; answers whether it will be.
  func reportAgain(
    _ effect: Effect, run id: String, when condition: @escaping @Sendable (Run) -> Bool
  ) async throws -> Bool {
    let now = self.now()
    let change = try await database.write { [ledger] db in
      try ledger.reportAgain(effect, run: id, at: now, in: db, when: condition)
    }
    if let change { tell(change) }
    return change != nil
  }

  // MARK: Reading

  func run(_ id: String) async throws -> Run? {
    try await database.read { db in try db.run(id) }
  }

  /// The run for which an effect is carried out; `nil` when there is none, or another one's word counts in its place:
  /// that one was told of, or will be.
  func run(concernedBy entry: OutboxEntry) async throws -> Run? {
    try await database.read { db in
      guard let run = try db.run(entry.runID) else { return nil }
      return try db.speaker(of: entry.effect, in: run).id == run.id ? run : nil
    }
  }

  func list(before: String?, limit: Int) async throws -> [Run] {
    try await database.read { db in try RunStore().list(before: before, limit: limit, in: db) }
  }

  func unfinishedRuns() async throws -> [Run] {
    try await database.read { db in try db.unfinishedRuns() }
  }

  func pendingEffects() async throws -> [OutboxEntry] {
    try await database.read { db in try db.pendingEffects() }
  }
}
