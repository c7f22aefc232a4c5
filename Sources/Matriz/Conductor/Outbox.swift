import Platform
import RunModel

/// What came of carrying out an effect once.
enum EffectOutcome: Sendable {
  /// Done; the event is what the run is to learn of it.
  case done(Event?)
  /// Not now: it is tried again, until `giveUp` says what the run is to learn instead.
  case tryAgain(problem: String, afterSeconds: Double? = nil)
  /// It will never succeed.
  case impossible(problem: String)
}

/// Carries effects out: what one effect needs in the world.
protocol EffectPerformer: Sendable {
  func perform(_ entry: OutboxEntry) async -> EffectOutcome
  /// The event for an effect that is given up; `nil` when nobody is to learn of it.
  func giveUp(_ entry: OutboxEntry, problem: String) -> Event?
  /// How long after it was written an effect may be tried, in seconds.
  func patienceSeconds(_ entry: OutboxEntry) -> Int
}

/// Has every effect carried out, at least once: lanes side by side, the entries of a lane one after the other, a
/// failed one again after a while and before those behind it.
///
/// What is pending is kept in memory in order, and in the database for the next process. At most
/// `maximumAtOnce` effects are under way.
actor Outbox {
  private static let maximumAtOnce = 16

  private struct Lane {
    var waiting: [OutboxEntry] = []
    var isBusy = false
    /// Somebody is in a hurry with the entry that is under way: when it does not succeed, it is tried again at once.
    var isHurried = false

    /// Commits are told by several tasks, so a later entry may come first; the one under way stays in front.
    mutating func insert(_ entry: OutboxEntry) {
      let start = waiting.isEmpty ? 0 : 1
      let index = waiting[start...].firstIndex { $0.id > entry.id } ?? waiting.endIndex
      waiting.insert(entry, at: index)
    }
  }

  private let conductor: Conductor
  private let performer: any EffectPerformer
  private let logger: Logger
  private let backoff: Backoff
  private var lanes: [String: Lane] = [:]
  /// Lanes whose first entry may be carried out now, in order.
  private var ready: [String] = []
  private var underWay: [Int: Task<Void, Never>] = [:]
  private var nextTaskID = 0
  private var timers: [String: Task<Void, Never>] = [:]
  private var isStopped = false

  init(conductor: Conductor, performer: any EffectPerformer, logger: Logger, backoff: Backoff = Backoff()) {
    self.conductor = conductor
    self.performer = performer
    self.logger = logger
    self.backoff = backoff
  }

  /// Takes entries that are committed.
  func add(_ entries: [OutboxEntry]) {
    for entry in entries {
      lanes[entry.lane, default: Lane()].insert(entry)
      if lanes[entry.lane]?.waiting.count == 1 { schedule(entry.lane) }
    }
    startWhatIsReady()
  }

  /// Has entries of this kind tried at once that wait for their time. One that is under way may have looked too
  /// early: it gets another try.
  func hurry(where matches: @Sendable (OutboxEntry) -> Bool) {
    for (name, lane) in lanes {
      guard let first = lane.waiting.first, matches(first) else { continue }
      if lane.isBusy { lanes[name]?.isHurried = true }
      guard !lane.isBusy, timers[name] != nil else { continue }
      timers.removeValue(forKey: name)?.cancel()
      ready.append(name)
    }
    startWhatIsReady()
  }

  /// Begins nothing new and waits for what is under way; the rest stays in the database.
  func stop() async {
    isStopped = true
    for timer in timers.values { timer.cancel() }
    for task in underWay.values { task.cancel() }
    for task in underWay.values { await task.value }
  }

  /// Has the lane's first entry carried out when its time comes.
  private func schedule(_ name: String) {
    guard let first = lanes[name]?.waiting.first else {
      lanes[name] = nil
      return
    }
    let delay = first.notBefore.milliseconds - Timestamp.now().milliseconds
    guard delay > 0 else {
      ready.append(name)
      return
    }
    timers[name] = Task { [weak self] in
      guard (try? await Task.sleep(for: .milliseconds(delay))) != nil else { return }
      await self?.timeCame(name)
    }
  }

  private func timeCame(_ name: String) {
    guard timers.removeValue(forKey: name) != nil else { return }
    ready.append(name)
    startWhatIsReady()
  }

  private func startWhatIsReady() {
    while !isStopped, underWay.count < Self.maximumAtOnce, !ready.isEmpty {
      let name = ready.removeFirst()
      guard let entry = lanes[name]?.waiting.first, lanes[name]?.isBusy == false else { continue }
      lanes[name]?.isBusy = true
      let id = nextTaskID
      nextTaskID += 1
      underWay[id] = Task { await self.carryOut(entry, task: id) }
    }
  }

  private func carryOut(_ entry: OutboxEntry, task: Int) async {
    let outcome = await performer.perform(entry)
    do {
      // What a stop has cut off did not fail: it is in the database for the next process.
      if case .done = outcome {
      } else if isStopped {
        underWay[task] = nil
        return
      }
      try await conclude(entry, outcome)
    } catch {
      // Not stored, so not concluded: the effect is carried out again, which does no harm.
      logger.error("the outcome of an effect could not be stored", ["error": "\(error)"])
      var again = entry
      again.tries += 1
      again.notBefore = later(again, nil)
      replaceFirst(with: again)
    }
    underWay[task] = nil
    if lanes[entry.lane]?.isHurried == true, var first = lanes[entry.lane]?.waiting.first {
      first.notBefore = .now()
      replaceFirst(with: first)
    }
    lanes[entry.lane]?.isHurried = false
    lanes[entry.lane]?.isBusy = false
    if !isStopped {
      schedule(entry.lane)
      startWhatIsReady()
    }
  }

  private func conclude(_ entry: OutboxEntry, _ outcome: EffectOutcome) async throws {
    switch outcome {
    case .done(let event):
      try await conductor.finish(entry, with: event)
      entry.effect.recordedFaultPoint?.reach()
      removeFirst(entry.lane)
    case .impossible(let problem):
      try await giveUp(entry, problem)
    case .tryAgain(let problem, let seconds):
      var again = entry
      again.tries += 1
      again.notBefore = later(again, seconds)
      let end = entry.createdAt.milliseconds + Int64(performer.patienceSeconds(entry)) * 1_000
      if Timestamp.now().milliseconds >= end { return try await giveUp(entry, problem) }
      again.notBefore.milliseconds = min(
        again.notBefore.milliseconds, max(end, Timestamp.now().milliseconds + 50))
      logger.info(
        "an effect will be tried again", ["run": entry.runID, "lane": entry.lane, "problem": problem])
      try await conductor.postpone(again, problem: problem)
      replaceFirst(with: again)
    }
  }

  private func giveUp(_ entry: OutboxEntry, _ problem: String) async throws {
    logger.warning("an effect is given up", ["run": entry.runID, "lane": entry.lane, "problem": problem])
    try await conductor.finish(entry, with: performer.giveUp(entry, problem: problem))
    removeFirst(entry.lane)
  }

  private func later(_ entry: OutboxEntry, _ seconds: Double?) -> Timestamp {
    let delay = seconds ?? backoff.delaySeconds(afterTries: entry.tries)
    return Timestamp(milliseconds: Timestamp.now().milliseconds + Int64(delay * 1_000))
  }

  private func removeFirst(_ name: String) {
    if lanes[name]?.waiting.isEmpty == false { lanes[name]?.waiting.removeFirst() }
  }

  private func replaceFirst(with entry: OutboxEntry) {
    if lanes[entry.lane]?.waiting.first?.id == entry.id { lanes[entry.lane]?.waiting[0] = entry }
  }
}

extension Effect {
  /// What is reached when it is stored that the effect was carried out.
  fileprivate var recordedFaultPoint: FaultPoint? {
    switch self {
    case .dispatch: .dispatchRecorded
    case .uploadAsset: .uploadRecorded
    case .reportStatus(let report) where report.state != .pending: .finalStatusRecorded
    case .reportStatus, .stop, .readCommitMessage: nil
    }
  }
}
