package import Configuration
package import Forge
package import Platform
package import RunModel

/// The rules by which a delivery becomes a record, a run, and the end of older runs, within one transaction.
///
/// As the ledger's, they need no clock, task or database.
package struct Intake: Sendable {
  /// What came of a delivery, to be told after its commit.
  package struct Taken: Sendable {
    package let record: DeliveryRecord
    /// The new run first, where there is one; then those that it made pointless, or its own end if it came too late.
    /// Else the runs that it changed.
    package let changes: [Ledger.Change]
  }

  let ledger: Ledger
  private let supersede: MatrizConfiguration.Limits.Supersede
  private let forks: MatrizConfiguration.Forge.Forks
  private let makeID: @Sendable () -> String

  package init(
    ledger: Ledger, supersede: MatrizConfiguration.Limits.Supersede = .off,
    forks: MatrizConfiguration.Forge.Forks = .approve,
    makeID: @escaping @Sendable () -> String = { UUIDv7.generate() }
  ) {
    self.ledger = ledger
    self.supersede = supersede
    self.forks = forks
    self.makeID = makeID
  }

  /// Records a delivery and does what it leads to; `nil` when it came before, which changes nothing.
  ///
  /// - Parameter origin: the record that somebody has replayed. A replay is no news: it makes a run of its own though
  ///   the delivery made one, and has nothing to do with older or newer ones; what it asks for is done again.
  package func take<T: DeliveryTables & ~Copyable>(
    _ delivery: WebhookDelivery, replayOf origin: String? = nil, plan: Plan, at now: Timestamp,
    in tables: borrowing T
  ) throws -> Taken? {
    if try origin == nil && tables.hasTaken(delivery: delivery.id) { return nil }
    let occurredAt = DeliveryRules.occurrence(of: delivery.event)
    let result: Result
    switch DeliveryRules.verdict(on: delivery.event, forks: forks) {
    case .run(let source, let skipReason, let readsCommitMessage, let needsApproval):
      let change = try ledger.insert(
        source: source, plan: plan, skipReason: skipReason, readsCommitMessage: readsCommitMessage,
        needsApproval: needsApproval, at: now, into: tables)
      let ended = try origin == nil ? supersede(by: change.run, occurredAt, at: now, in: tables) : []
      result = Result(
        outcome: skipReason == nil ? .run : .skipped, reason: skipReason, runID: change.run.id,
        changes: [change] + ended)
    case .request(let request): result = try carryOut(request, at: now, in: tables)
    case .move(let from, let repository): result = try move(from, to: repository, at: now, in: tables)
    case .nothing(let reason): result = Result(outcome: .ignored, reason: reason)
    }
    let record = DeliveryRecord(
      id: makeID(), delivery: delivery.id, event: delivery.name,
      repository: DeliveryRules.repository(of: delivery.event), receivedAt: now, occurredAt: occurredAt,
      outcome: result.outcome, reason: result.reason, runID: result.runID, replayOf: origin)
    try tables.insertDelivery(record)
    return Taken(record: record, changes: result.changes)
  }

  /// What a delivery led to.
  struct Result {
    var outcome: DeliveryRecord.Outcome
    var reason: String?
    /// The run that begins, or begins again.
    var runID: String?
    var changes: [Ledger.Change] = []
  }

  /// Ends what a new run makes pointless. A delivery that was sent again may be older than one that came before it:
  /// then it is the new run that ends.
  private func supersede<T: DeliveryTables & ~Copyable>(
    by run: Run, _ occurredAt: Timestamp?, at now: Timestamp, in tables: borrowing T
  ) throws -> [Ledger.Change] {
    // What is skipped verifies nothing, so it takes nobody's place.
    guard supersedes(run.source.event), !run.state.isFinal else { return [] }
    let source = run.source
    var changes: [Ledger.Change] = []
    var newest: Run?
    for other in try tables.unfinishedRuns(
      repository: source.repository, event: source.event, ref: source.ref) where other.id != run.id
    {
      if let occurredAt, let others = try tables.occurrence(ofRun: other.id), others > occurredAt {
        newest = other
      } else if other.cancellation == nil {
        changes += try end(other, inFavourOf: run, at: now, in: tables)
      }
    }
    if let newest { changes += try end(run, inFavourOf: newest, at: now, in: tables) }
    return changes
  }

  private func supersedes(_ event: Source.Event) -> Bool {
    switch event {
    case .push: supersede == .branch
    case .pullRequest: supersede != .off
    case .tag: false
    }
  }

  private func end<T: DeliveryTables & ~Copyable>(
    _ run: Run, inFavourOf newer: Run, at now: Timestamp, in tables: borrowing T
  ) throws -> [Ledger.Change] {
    let what = newer.source.event == .pullRequest ? "new head" : "push of"
    let by = "run #\(newer.number) (\(what) \(newer.source.sha.prefix(7)))"
    return try ledger.handle(.superseded(by: by), run: run.id, at: now, in: tables).map { [$0] } ?? []
  }
}
