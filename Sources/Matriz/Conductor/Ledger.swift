package import Platform
package import RunModel

/// The rules by which runs and their effects change together, each within one transaction of whatever storage there is.
///
/// There is no clock, no task and no database in here: the matriz and the simulation follow the same rules.
package struct Ledger: Sendable {
  /// What a change led to, to be told after its commit.
  package struct Change: Sendable {
    package let run: Run
    package let entries: [OutboxEntry]
  }

  /// How many jobs may have a slot; others wait until `admit`.
  package let limits: ConcurrencyLimits
  private let makeID: @Sendable () -> String

  package init(
    limits: ConcurrencyLimits = ConcurrencyLimits(),
    makeID: @escaping @Sendable () -> String = { UUIDv7.generate() }
  ) {
    self.limits = limits
    self.makeID = makeID
  }

  /// Whether jobs may have to wait for others.
  package var isLimited: Bool { limits.total != nil || limits.perRepository != nil }

  // MARK: Changes

  /// A new run with its first effects.
  package func insert<T: Tables & ~Copyable>(
    source: Source, plan: Plan, skipReason: String? = nil, readsCommitMessage: Bool = false,
    needsApproval: Bool = false, at now: Timestamp, into tables: borrowing T
  ) throws -> Change {
    let number = try tables.nextRunNumber(for: source.repository)
    var (run, effects) = Run.create(
      id: makeID(), number: number, source: source, plan: plan, jobIDs: plan.jobs.map { _ in makeID() },
      skipReason: skipReason, readsCommitMessage: readsCommitMessage,
      needsApproval: needsApproval, at: now.instant)
    effects += admitAll(of: &run, at: now)
    try tables.insertRun(run)
    if !run.slots.isEmpty { try tables.replaceActiveJobs(of: run) }
    return Change(run: run, entries: try store(effects, of: run, at: now, in: tables))
  }

  /// Applies an event to a run; `nil` when there is no such run, or it is not as the event supposes.
  ///
  /// - Parameter condition: what the event supposes of the run as it is just before.
  package func handle<T: Tables & ~Copyable>(
    _ event: Event, run id: String, at now: Timestamp, in tables: borrowing T,
    when condition: (Run) -> Bool = { _ in true }
  ) throws -> Change? {
    guard let before = try tables.run(id), condition(before) else { return nil }
    var run = before
    var effects = run.handle(event, at: now.instant)
    effects += admitAll(of: &run, at: now)
    if run != before { try tables.updateRun(run) }
    if run.slots != before.slots { try tables.replaceActiveJobs(of: run) }
    return Change(run: run, entries: try store(effects, of: run, at: now, in: tables))
  }

  /// Forgets an effect that was carried out or given up, and applies the event that this led to.
  package func finish<T: Tables & ~Copyable>(
    _ entry: OutboxEntry, with event: Event?, at now: Timestamp, in tables: borrowing T
  ) throws -> Change? {
    try tables.removeEffect(entry.id)
    guard let event else { return nil }
    return try handle(event, run: entry.runID, at: now, in: tables)
  }

  /// Has the forge told again how a run is, unless it is about to be told anyway, or another run speaks for the commit;
  /// `nil` then, and when the run is not as `condition` has it.
  package func reportAgain<T: Tables & ~Copyable>(
    _ effect: Effect, run id: String, at now: Timestamp, in tables: borrowing T, when condition: (Run) -> Bool
  ) throws -> Change? {
    guard let run = try tables.run(id), condition(run), try tables.speaker(of: effect, in: run).id == id,
      try !tables.hasEffects(inLane: OutboxEntry.lane(of: effect, in: run))
    else { return nil }
    return Change(run: run, entries: try store([effect], of: run, at: now, in: tables))
  }

  /// A repository has another name from now on, and all that is kept of it goes with it. Its runs keep their numbers,
  /// and the next one continues them. Runs that are known under the new name already come after them: the push that
  /// made them came before the news of the name, or they were of a repository that has gone.
  package func moveRepository<T: Tables & ~Copyable>(
    from old: String, to new: String, cloneURL: String, at now: Timestamp, in tables: borrowing T
  ) throws -> [Change] {
    guard old != new else { return [] }
    let next = try tables.nextRunNumber(for: old)
    if next > 1 { try tables.raiseRunNumbers(of: new, by: next - 1) }
    let changes = try tables.unfinishedRuns().filter { $0.source.repository == old }.compactMap { run in
      try handle(.repositoryMoved(to: new, cloneURL: cloneURL), run: run.id, at: now, in: tables)
    }
    // The rest has ended: it changes by nothing but its name.
    try tables.renameRepository(from: old, to: new, cloneURL: cloneURL)
    return changes
  }

  /// Gives the slots that are free to those who wait, fairly. To be called when the matriz starts, and after a change
  /// of a run when `isLimited`.
  package func admit<T: Tables & ~Copyable>(
    at now: Timestamp, in tables: borrowing T
  ) throws -> [Change] {
    let holding = try tables.heldSlots()
    let free = limits.total.map { $0 - holding.values.reduce(0, +) } ?? .max
    guard free > 0 else { return [] }
    let waiting = try tables.waitingJobs(limit: min(free, limits.perRepository ?? .max))
    return try JobQueue.admit(waiting: waiting, holding: holding, limits: limits).compactMap { next in
      try handle(.admitted(job: next.job, attempt: next.attempt), run: next.run, at: now, in: tables)
    }
  }

  /// Says anew which jobs wait and which have a slot: an earlier version kept no account of them.
  package func recountSlots<T: Tables & ~Copyable>(in tables: borrowing T) throws {
    for run in try tables.unfinishedRuns() { try tables.replaceActiveJobs(of: run) }
  }

  // MARK: Parts

  /// Without limits there is room for as many jobs as come.
  private func admitAll(of run: inout Run, at now: Timestamp) -> [Effect] {
    guard !isLimited else { return [] }
    var effects: [Effect] = []
    for job in run.jobs where job.isWaitingForSlot && !run.isHeld {
      effects += run.handle(.admitted(job: job.id, attempt: job.attempt), at: now.instant)
    }
    return effects
  }

  private func store<T: Tables & ~Copyable>(
    _ effects: [Effect], of run: Run, at now: Timestamp, in tables: borrowing T
  ) throws -> [OutboxEntry] {
    var entries: [OutboxEntry] = []
    for effect in effects {
      let lane = OutboxEntry.lane(of: effect, in: run)
      entries.append(try tables.insertEffect(effect, of: run, lane: lane, at: now))
    }
    return entries
  }
}

extension Run {
  /// What the table of active jobs is to say of the run.
  fileprivate var slots: [Slot] {
    jobs.compactMap { job in
      guard job.holdsSlot || job.isWaitingForSlot && !isHeld else { return nil }
      return Slot(job: job.id, attempt: job.attempt, isHeld: job.holdsSlot)
    }
  }
}

/// A job that has a slot, or waits for one.
private struct Slot: Hashable {
  let job: String
  let attempt: Int
  let isHeld: Bool
}

extension Timestamp {
  /// The same moment as the model names it.
  package var instant: Instant { Instant(milliseconds: milliseconds) }
}

extension Instant {
  package var timestamp: Timestamp { Timestamp(milliseconds: milliseconds) }
}
