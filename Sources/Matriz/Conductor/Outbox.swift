import Platform
import RunModel

/// Carries effects out: what one effect needs in the world.
protocol EffectPerformer: Sendable {
  func perform(_ entry: OutboxEntry) async -> EffectOutcome
  /// The event for an effect that is given up; `nil` when nobody is to learn of it.
  func giveUp(_ entry: OutboxEntry, problem: String) -> Event?
  /// How long an effect may be tried, in seconds; an outage of the other side does not count.
  func patienceSeconds(_ entry: OutboxEntry) -> Int
}

/// Has every effect carried out, at least once, in the order that `OutboxQueue` says.
///
/// What is pending is kept in memory, and in the database for the next process.
actor Outbox {
  private let conductor: Conductor
  private let performer: any EffectPerformer
  private let logger: Logger
  private let backoff: Backoff
  private var queue = OutboxQueue()
  private var underWay: [Int: Task<Void, Never>] = [:]
  private var nextTaskID = 0
  private var alarm = Alarm()
  private var isStopped = false

  /// Outcomes cannot be stored; that was told.
  private var isStoringBroken = false

  init(conductor: Conductor, performer: any EffectPerformer, logger: Logger, backoff: Backoff = Backoff()) {
    self.conductor = conductor
    self.performer = performer
    self.logger = logger
    self.backoff = backoff
  }

  /// Takes what an earlier process has left. By another clock than ours, its times may be far away.
  func resume(_ entries: [OutboxEntry]) {
    let latest = conductor.now().adding(seconds: backoff.maximumSeconds)
    add(
      entries.map { entry in
        var entry = entry
        entry.notBefore = min(entry.notBefore, latest)
        return entry
      })
  }

  /// Takes entries that are committed.
  func add(_ entries: [OutboxEntry]) {
    queue.add(entries)
    startWhatIsReady()
  }

  /// Has entries of this kind tried at once that wait for their time. One that is under way may have looked too
  /// early: it gets another try.
  func hurry(where matches: @Sendable (OutboxEntry) -> Bool) {
    queue.hurry(at: conductor.now(), where: matches)
    startWhatIsReady()
  }

  /// Begins nothing new and waits for what is under way; the rest stays in the database.
  func stop() async {
    isStopped = true
    alarm.cancel()
    for task in underWay.values { task.cancel() }
    for task in underWay.values { await task.value }
  }

  private func startWhatIsReady() {
    guard !isStopped else { return }
    for entry in queue.takeReady(at: conductor.now()) {
      let id = nextTaskID
      nextTaskID += 1
      underWay[id] = Task { await self.carryOut(entry, task: id) }
    }
    alarm.set(for: queue.nextTime, now: conductor.now()) { [weak self] in await self?.timeCame() }
  }

  private func timeCame() {
    alarm.rang()
    startWhatIsReady()
  }

  private func carryOut(_ entry: OutboxEntry, task: Int) async {
    let outcome = queue.isOvertaken(entry) ? .done(nil) : await performer.perform(entry)
    let retry = await conclude(entry, outcome)
    underWay[task] = nil
    // What a stop has cut off did not fail: it is in the database for the next process.
    guard !isStopped else { return }
    queue.conclude(entry, retry: retry)
    startWhatIsReady()
  }

  /// Stores what came of it; gives the entry as it is to be tried again, or nothing.
  private func conclude(_ entry: OutboxEntry, _ outcome: EffectOutcome) async -> OutboxEntry? {
    let decision = EffectDecision.decide(
      outcome, for: entry, patienceSeconds: performer.patienceSeconds(entry), backoff: backoff,
      random: .random(in: 0...1), at: conductor.now())
    do {
      let retry = try await store(decision, of: entry)
      isStoringBroken = false
      return retry
    } catch {
      // Not stored, so not concluded: the effect is carried out again, which does no harm.
      if !isStoringBroken {
        logger.error("outcomes of effects cannot be stored for now", ["error": "\(error)"])
      }
      isStoringBroken = true
      var again = entry
      again.tries += 1
      again.notBefore = conductor.now().adding(seconds: backoff.delaySeconds(afterTries: again.tries))
      return again
    }
  }

  private func store(_ decision: EffectDecision, of entry: OutboxEntry) async throws -> OutboxEntry? {
    switch decision {
    case .finish(let event):
      try await conductor.finish(entry, with: event)
      entry.effect.recordedFaultPoint?.reach()
      return nil
    case _ where isStopped: return nil
    case .giveUp(let problem):
      logger.warning("an effect is given up", ["run": entry.runID, "lane": entry.lane, "problem": problem])
      try await conductor.finish(entry, with: performer.giveUp(entry, problem: problem))
      return nil
    case .retry(let again, let problem):
      logger.info(
        "an effect will be tried again", ["run": entry.runID, "lane": entry.lane, "problem": problem])
      try await conductor.postpone(again, problem: problem)
      return again
    }
  }
}

extension Effect {
  /// What is reached when it is stored that the effect was carried out.
  fileprivate var recordedFaultPoint: FaultPoint? {
    switch self {
    case .dispatch: .dispatchRecorded
    case .uploadAsset: .uploadRecorded
    case .reportStatus(let report) where report.state != .pending: .finalStatusRecorded
    case .reportStatus, .reportJobStatus, .reportCheck, .stop, .readCommitMessage: nil
    }
  }
}
