import Configuration
import Matriz
import Platform
import RunModel

/// One process of the matriz, from its start to its crash: the rules are the real ones, and everything that the real
/// one waits for is an action of the world here.
final class SimulatedMatriz {
  let nature: Nature
  let witness: Witness
  let disk: SimulatedDisk
  let forge: SimulatedForge
  let runner: SimulatedRunner
  let settings: Settings
  /// Ends this process at once.
  let crash: () -> Void
  var sessions: [AttemptKey: SimulatedSession] = [:]
  private(set) var isAlive = true
  let ledger: Ledger
  let intake: Intake
  private let clockOffset: Int64
  var inquiries = RunnerInquiries()
  var inquiryTime: Timestamp?
  lazy var outbox = SimulatedOutbox(matriz: self)
  let reports = RunReports(statusContext: "mise-ci", externalURL: "http://ci.test")
  /// A job may wait for a slot that is free.
  var isAdmissionWanted = false
  var isAdmitting = false
  private var watching = 0

  init(
    nature: Nature, witness: Witness, disk: SimulatedDisk, forge: SimulatedForge, runner: SimulatedRunner,
    settings: Settings, boot: Int, crash: @escaping () -> Void
  ) {
    self.nature = nature
    self.witness = witness
    self.disk = disk
    self.forge = forge
    self.runner = runner
    self.settings = settings
    self.crash = crash
    clockOffset = Self.clockOffset(boot: boot, nature, disk.committed)
    let names = nature.names
    ledger = Ledger(
      limits: nature.mutation == .queueIgnoresLimits ? ConcurrencyLimits() : settings.concurrency,
      makeID: { names.next() })
    intake = Intake(ledger: ledger, supersede: .branch, makeID: { names.next() })
  }

  /// The clock that runs are timed by: it does not jump, and goes on over restarts while runs are unfinished.
  var clock: Timestamp { Timestamp(milliseconds: nature.now + clockOffset) }

  /// What the real one stores as it starts, in a transaction without which there is no start.
  private static func clockOffset(boot: Int, _ nature: Nature, _ tables: MemoryTables) -> Int64 {
    if !tables.unfinishedRuns().isEmpty, let clock = tables.contents.clock, clock.boot == boot {
      return clock.offset
    }
    tables.contents.clock = (boot, nature.clockOffset)
    return nature.clockOffset
  }

  /// The process is gone: nothing of it happens any more, and its connections are cut.
  func end() {
    isAlive = false
    for key in sessions.keys.sorted() { sessions[key]?.link.cut() }
    sessions = [:]
  }

  /// Something that this process does, unless it is gone by then.
  func act(after milliseconds: ClosedRange<Int>, _ action: @escaping () -> Void) {
    nature.after(milliseconds) { [self] in
      if isAlive { action() }
    }
  }

  /// An answer to this process, unless it is gone by then.
  func answer<T>(_ body: @escaping (T) -> Void) -> (T) -> Void {
    { [self] value in
      if isAlive { body(value) }
    }
  }

  // MARK: Start

  /// Goes on with what an earlier process has left.
  func start() {
    for run in disk.committed.unfinishedRuns() {
      inquiries.note(run, at: clock)
      if nature.mutation == .restartLeavesWorkersConnected { continue }
      handleUntilStored(.serverStarted, run: run.id)
    }
    admit()
    var entries = disk.committed.pendingEffects()
    if nature.mutation == .outboxDropsAnEntryAtRestart, nature.now > 0, !entries.isEmpty {
      entries.remove(at: nature.random.below(entries.count))
    }
    outbox.resume(entries)
    watchDeadlines()
    askForFailedDeliveries()
    inquire()
    searchForOrphans()
    reconcile()
  }

  // MARK: Clocks

  /// Looks at the deadlines when the next one comes.
  private func watchDeadlines() {
    guard nature.mutation != .deadlinesAreNotWatched else { return }
    watching += 1
    let watch = watching
    let now = clock
    for id in disk.committed.lateRuns(at: now) { handle(.deadlineReached, run: id) { _ in } }
    let next = disk.committed.nextDeadline()
    let sleep = next.map { min(max(0, $0.milliseconds - now.milliseconds), 30_000) } ?? 30_000
    let milliseconds = max(50, Int(sleep))
    act(after: milliseconds...milliseconds) { [self] in
      if watch == watching { watchDeadlines() }
    }
  }

  /// A run changed: its deadline may be earlier than the one that is waited for.
  func noteDeadline(of run: Run) {
    guard let deadline = run.deadline, nature.mutation != .deadlinesAreNotWatched else { return }
    let milliseconds = Int(min(max(50, deadline.milliseconds - clock.milliseconds), 30_000))
    act(after: milliseconds...milliseconds) { [self] in
      if let deadline = disk.committed.run(run.id)?.deadline, deadline <= clock.instant {
        handle(.deadlineReached, run: run.id) { _ in }
      }
    }
  }

  /// What the forge shows as failed is asked for again.
  private func askForFailedDeliveries() {
    act(after: 30_000...60_000) { [self] in
      for push in forge.failedDeliveries { forge.redeliver(push.delivery) }
      askForFailedDeliveries()
    }
  }
}
