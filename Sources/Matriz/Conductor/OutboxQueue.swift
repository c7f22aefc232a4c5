package import Platform
package import RunModel

/// What came of carrying out an effect once.
package enum EffectOutcome: Sendable {
  /// Done; the event is what the run is to learn of it.
  case done(Event?)
  /// Not now: it is tried again, until `giveUp` says what the run is to learn instead.
  ///
  /// - Parameter isOutage: the other side is away: that is waited for as long as it takes.
  case tryAgain(problem: String, afterSeconds: Double? = nil, isOutage: Bool = false)
  /// It will never succeed.
  case impossible(problem: String)
}

/// Which effects are carried out when: lanes side by side, the entries of a lane one after the other, a failed one
/// again after a while and before those behind it. At most `maximumAtOnce` are under way, and `maximumReportsAtOnce`
/// beside them: a forge that is slow to take what it is told keeps no job from its runner.
///
/// A value without clock or tasks: `takeReady` says what to begin, `nextTime` when to ask again.
package struct OutboxQueue: Sendable {
  package static let maximumAtOnce = 16
  package static let maximumReportsAtOnce = 8

  private struct Lane {
    /// The first is under way while the lane is busy.
    var waiting: [OutboxEntry] = []
    var isBusy = false
    /// Somebody is in a hurry with the entry that is under way: when it does not succeed, it is tried again at once.
    var isHurried = false

    /// What it has to do, unless it is at it.
    var next: OutboxEntry? { isBusy ? nil : waiting.first }

    /// Commits are told by several tasks, so a later entry may come first; the one under way stays in front. When the
    /// matriz starts, one may be told and found in the database.
    mutating func insert(_ entry: OutboxEntry) {
      guard !waiting.contains(where: { $0.id == entry.id }) else { return }
      let start = isBusy ? 1 : 0
      let index = waiting[start...].firstIndex { $0.id > entry.id } ?? waiting.endIndex
      waiting.insert(entry, at: index)
    }
  }

  private var lanes: [String: Lane] = [:]
  private var reports = OutboxTurns(maximumAtOnce: maximumReportsAtOnce)
  private var others = OutboxTurns(maximumAtOnce: maximumAtOnce)

  package init() {}

  package var isEmpty: Bool { lanes.isEmpty }

  /// When the next effect may be carried out, once there is room; `nil` while all that is left is under way.
  package var nextTime: Timestamp? { [reports.next, others.next].compactMap { $0?.time }.min() }

  /// Takes entries that are committed.
  package mutating func add(_ entries: [OutboxEntry]) {
    for entry in entries {
      change(entry.lane) { $0.insert(entry) }
    }
  }

  /// The entries to carry out now; each of them is under way until `conclude`.
  package mutating func takeReady(at now: Timestamp) -> [OutboxEntry] {
    var taken: [OutboxEntry] = []
    for turns in [\Self.others, \Self.reports] {
      while let turn = self[keyPath: turns].next, turn.time <= now {
        guard let first = lanes[turn.lane]?.waiting.first else { break }
        change(turn.lane) { $0.isBusy = true }
        self[keyPath: turns].busyCount += 1
        taken.append(first)
      }
    }
    return taken
  }

  /// Whether something behind it in its lane tells the same of its run, as it is by then: this one need not.
  package func isOvertaken(_ entry: OutboxEntry) -> Bool {
    guard entry.effect.isReport, let waiting = lanes[entry.lane]?.waiting else { return false }
    return waiting.contains { $0.id > entry.id && $0.runID == entry.runID && $0.effect.isReport }
  }

  /// An entry that was under way is done with; or is to be tried again, as `retry` has it.
  package mutating func conclude(_ entry: OutboxEntry, retry: OutboxEntry?) {
    guard lanes[entry.lane]?.isBusy == true, lanes[entry.lane]?.waiting.first?.id == entry.id else { return }
    self[keyPath: turns(of: entry)].busyCount -= 1
    change(entry.lane) { lane in
      if var retry {
        if lane.isHurried { retry.notBefore = entry.notBefore }
        lane.waiting[0] = retry
      } else {
        lane.waiting.removeFirst()
      }
      lane.isBusy = false
      lane.isHurried = false
    }
  }

  /// Has entries of this kind tried at once that wait for their time. One that is under way may have looked too
  /// early: it gets another try.
  package mutating func hurry(at now: Timestamp, where matches: (OutboxEntry) -> Bool) {
    for name in lanes.keys.sorted() {
      guard let first = lanes[name]?.waiting.first, matches(first) else { continue }
      change(name) { lane in
        if lane.isBusy {
          lane.isHurried = true
        } else {
          lane.waiting[0].notBefore = min(first.notBefore, now)
        }
      }
    }
  }

  /// Changes a lane and its turn with it.
  private mutating func change(_ name: String, _ body: (inout Lane) -> Void) {
    var lane = lanes[name] ?? Lane()
    if let first = lane.next { self[keyPath: turns(of: first)].remove(OutboxTurns.Turn(first)) }
    body(&lane)
    lanes[name] = lane.waiting.isEmpty ? nil : lane
    if let first = lane.next { self[keyPath: turns(of: first)].insert(OutboxTurns.Turn(first)) }
  }

  private func turns(of entry: OutboxEntry) -> WritableKeyPath<Self, OutboxTurns> {
    entry.effect.isReport ? \.reports : \.others
  }
}

/// What is done about the outcome of an effect.
package enum EffectDecision: Sendable {
  /// It is over, and the run learns this.
  case finish(Event?)
  case giveUp(problem: String)
  /// The entry as it is to be tried again.
  case retry(OutboxEntry, problem: String)

  /// A wait is cut short by the end of the patience, so that the last try comes at that time; but is never shorter.
  private static let minimumDelayMilliseconds: Int64 = 50

  /// - Parameters:
  ///   - patienceSeconds: how long an effect may be tried; an outage of the other side does not count.
  ///   - random: from 0 to 1.
  package static func decide(
    _ outcome: EffectOutcome, for entry: OutboxEntry, patienceSeconds: Int, backoff: Backoff,
    random: Double, at now: Timestamp
  ) -> EffectDecision {
    switch outcome {
    case .done(let event): return .finish(event)
    case .impossible(let problem): return .giveUp(problem: problem)
    case .tryAgain(let problem, let seconds, let isOutage):
      var again = entry
      if isOutage { again.countsFrom = now }
      let end = again.countsFrom.instant.adding(seconds: patienceSeconds).milliseconds
      if now.milliseconds >= end, !isOutage { return .giveUp(problem: problem) }
      again.tries += 1
      let delay = seconds ?? backoff.delaySeconds(afterTries: again.tries, random: random)
      let latest = max(end, now.milliseconds + minimumDelayMilliseconds)
      again.notBefore = min(now.adding(seconds: delay), Timestamp(milliseconds: latest))
      return .retry(again, problem: problem)
    }
  }
}
