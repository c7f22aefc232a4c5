import Matriz
import Platform
import RunModel

/// Has every effect carried out, in the order that the real queue says.
final class SimulatedOutbox {
  private unowned let matriz: SimulatedMatriz
  private var queue = OutboxQueue()
  private var timerTime: Timestamp?

  init(matriz: SimulatedMatriz) {
    self.matriz = matriz
  }

  func add(_ entries: [OutboxEntry]) {
    queue.add(matriz.nature.mutation == .reportsOvertakeEachOther ? entries.map(Self.alone) : entries)
    startWhatIsReady()
  }

  /// Takes what an earlier process has left. By another clock than ours, its times may be far away.
  func resume(_ entries: [OutboxEntry]) {
    let latest = matriz.clock.adding(seconds: Backoff().maximumSeconds)
    add(
      entries.map { entry in
        var entry = entry
        entry.notBefore = min(entry.notBefore, latest)
        return entry
      })
  }

  /// Has uploads of these runs tried at once.
  func hurryUploads(of runs: [String]) {
    queue.hurry(at: matriz.clock) { entry in
      if case .uploadAsset = entry.effect { runs.contains(entry.runID) } else { false }
    }
    startWhatIsReady()
  }

  private func startWhatIsReady() {
    for entry in queue.takeReady(at: matriz.clock) {
      if queue.isOvertaken(entry), matriz.nature.mutation != .reportsTheStatusAsItWas {
        conclude(entry, .done(nil))
      } else {
        matriz.perform(entry) { [self] outcome in conclude(entry, outcome) }
      }
    }
    guard let next = queue.nextTime else { return }
    if let timerTime, timerTime <= next { return }
    timerTime = next
    let delay = max(0, next.milliseconds - matriz.clock.milliseconds)
    matriz.act(after: Int(delay)...Int(delay)) { [self] in
      guard timerTime == next else { return }
      timerTime = nil
      startWhatIsReady()
    }
  }

  /// A report that waits for no other.
  private static func alone(_ entry: OutboxEntry) -> OutboxEntry {
    guard entry.effect.isReport else { return entry }
    return OutboxEntry(
      id: entry.id, runID: entry.runID, lane: "\(entry.lane) \(entry.id)", effect: entry.effect,
      tries: entry.tries, notBefore: entry.notBefore, countsFrom: entry.countsFrom)
  }

  private func conclude(_ entry: OutboxEntry, _ outcome: EffectOutcome) {
    let decision = EffectDecision.decide(
      outcome, for: entry, patienceSeconds: matriz.patienceSeconds(entry), backoff: Backoff(),
      random: matriz.nature.random.fraction(), at: matriz.clock)
    switch decision {
    case .finish(let event): finish(entry, event)
    case .giveUp(let problem): finish(entry, matriz.giveUp(entry, problem))
    case .retry(let again, let problem):
      matriz.postpone(again, problem: problem) { [self] isStored in
        release(entry, retry: isStored ? again : notStored(entry))
      }
    }
  }

  private func finish(_ entry: OutboxEntry, _ event: Event?) {
    matriz.finish(entry, with: event) { [self] isStored in
      release(entry, retry: isStored ? nil : notStored(entry))
    }
  }

  /// What came of it is not stored, so it is carried out again.
  private func notStored(_ entry: OutboxEntry) -> OutboxEntry {
    var again = entry
    again.tries += 1
    let delay = Backoff().delaySeconds(afterTries: again.tries, random: matriz.nature.random.fraction())
    again.notBefore = Timestamp(milliseconds: matriz.clock.milliseconds + Int64(delay * 1_000))
    return again
  }

  private func release(_ entry: OutboxEntry, retry: OutboxEntry?) {
    queue.conclude(entry, retry: retry)
    startWhatIsReady()
  }
}
