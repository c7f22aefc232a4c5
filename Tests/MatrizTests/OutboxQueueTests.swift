import Platform
import RunModel
import TestSupport
import Testing

@testable import Matriz

@Suite("The order of effects")
struct OutboxQueueTests {
  private func entry(_ id: Int64, lane: String, at time: Int64 = 0) -> OutboxEntry {
    OutboxEntry(
      id: id, runID: "r", lane: lane, effect: .uploadAsset(name: "\(id)"),
      notBefore: Timestamp(milliseconds: time), countsFrom: Timestamp(milliseconds: 0))
  }

  private func taken(_ queue: inout OutboxQueue, at time: Int64) -> [Int64] {
    queue.takeReady(at: Timestamp(milliseconds: time)).map(\.id)
  }

  @Test("lanes go side by side, the entries of one after the other")
  func lanes() {
    var queue = OutboxQueue()
    queue.add([entry(1, lane: "a"), entry(2, lane: "a"), entry(3, lane: "b")])
    #expect(taken(&queue, at: 1) == [1, 3])
    #expect(taken(&queue, at: 1) == [])
    queue.conclude(entry(1, lane: "a"), retry: nil)
    #expect(taken(&queue, at: 1) == [2])
    queue.conclude(entry(2, lane: "a"), retry: nil)
    queue.conclude(entry(3, lane: "b"), retry: nil)
    #expect(queue.isEmpty)
  }

  @Test("a later entry that comes first waits for the earlier one, unless that came too late")
  func order() {
    var queue = OutboxQueue()
    queue.add([entry(2, lane: "a")])
    queue.add([entry(1, lane: "a")])
    #expect(taken(&queue, at: 1) == [1])
    queue.add([entry(4, lane: "a")])
    queue.add([entry(3, lane: "a")])
    for id in 1...3 as ClosedRange<Int64> {
      queue.conclude(entry(id, lane: "a"), retry: nil)
      #expect(taken(&queue, at: 1) == [id + 1])
    }
  }

  @Test("a report that another one of its run waits behind need not be made; everything else has to")
  func overtaken() {
    func entry(_ id: Int64, run: String = "r", _ effect: Effect = .reportCheck) -> OutboxEntry {
      OutboxEntry(
        id: id, runID: run, lane: "a", effect: effect, notBefore: Timestamp(milliseconds: 0),
        countsFrom: Timestamp(milliseconds: 0))
    }
    var queue = OutboxQueue()
    let upload = Effect.uploadAsset(name: "x")
    let entries = [entry(1), entry(2, run: "s"), entry(3), entry(4, upload), entry(5, upload)]
    queue.add(entries)
    #expect(entries.map(queue.isOvertaken) == [true, false, false, false, false])
    #expect(taken(&queue, at: 1) == [1])
    #expect(queue.isOvertaken(entry(1)))
    queue.conclude(entry(1), retry: nil)
    #expect(!queue.isOvertaken(entry(3)))
  }

  @Test("one that failed keeps its place, and holds up those behind it")
  func retry() {
    var queue = OutboxQueue()
    queue.add([entry(1, lane: "a"), entry(2, lane: "a")])
    #expect(taken(&queue, at: 1) == [1])
    #expect(queue.nextTime == nil)
    queue.conclude(entry(1, lane: "a"), retry: entry(1, lane: "a", at: 50))
    #expect(queue.nextTime?.milliseconds == 50)
    #expect(taken(&queue, at: 49) == [])
    #expect(taken(&queue, at: 50) == [1])
  }

  @Test("there is a bound to what is under way")
  func bound() {
    var queue = OutboxQueue()
    queue.add((1...40).map { entry($0, lane: "\($0)") })
    #expect(taken(&queue, at: 1).count == OutboxQueue.maximumAtOnce)
    #expect(queue.nextTime == nil)
    queue.conclude(entry(1, lane: "1"), retry: nil)
    #expect(taken(&queue, at: 1) == [Int64(OutboxQueue.maximumAtOnce + 1)])
  }

  @Test("reports have a bound of their own, and keep nothing else waiting")
  func reports() {
    func report(_ id: Int64) -> OutboxEntry {
      OutboxEntry(
        id: id, runID: "r", lane: "\(id)", effect: .reportCheck, notBefore: Timestamp(milliseconds: 0),
        countsFrom: Timestamp(milliseconds: 0))
    }
    var queue = OutboxQueue()
    queue.add((1...20).map(report))
    #expect(taken(&queue, at: 1).count == OutboxQueue.maximumReportsAtOnce)
    #expect(queue.nextTime == nil)
    queue.add([entry(21, lane: "a")])
    #expect(taken(&queue, at: 1) == [21])
    queue.conclude(report(1), retry: nil)
    #expect(taken(&queue, at: 1) == [Int64(OutboxQueue.maximumReportsAtOnce + 1)])
  }

  @Test("a hurry brings what waits to the front of time, and gives what is under way another try at once")
  func hurry() {
    var queue = OutboxQueue()
    queue.add([entry(1, lane: "a", at: 900), entry(2, lane: "b"), entry(3, lane: "c", at: 900)])
    #expect(taken(&queue, at: 1) == [2])
    queue.hurry(at: Timestamp(milliseconds: 5)) { $0.id < 3 }
    #expect(taken(&queue, at: 5) == [1])
    queue.conclude(entry(2, lane: "b"), retry: entry(2, lane: "b", at: 900))
    #expect(taken(&queue, at: 6) == [2])
    queue.conclude(entry(2, lane: "b"), retry: entry(2, lane: "b", at: 900))
    #expect(taken(&queue, at: 7) == [])
  }

  @Test("an effect is tried with growing waits until its patience ends, the last time then")
  func decisions() {
    var entry = entry(1, lane: "a")
    var now: Int64 = 0
    var waits: [Int64] = []
    let backoff = Backoff(firstSeconds: 1, maximumSeconds: 8)
    while waits.count < 20 {
      let decision = EffectDecision.decide(
        .tryAgain(problem: "away"), for: entry, patienceSeconds: 30, backoff: backoff, random: 1,
        at: Timestamp(milliseconds: now))
      guard case .retry(let again, _) = decision else { break }
      waits.append(again.notBefore.milliseconds - now)
      now = again.notBefore.milliseconds
      entry = again
    }
    #expect(waits == [1_000, 2_000, 4_000, 8_000, 8_000, 7_000])
    #expect(entry.tries == 6)
  }

  @Test("the patience does not run out while the other side is away, and begins when it is back")
  func outage() throws {
    var entry = entry(1, lane: "a")
    func decide(_ isOutage: Bool, second: Int64) -> EffectDecision {
      EffectDecision.decide(
        .tryAgain(problem: "no", isOutage: isOutage), for: entry, patienceSeconds: 30, backoff: Backoff(),
        random: 1, at: Timestamp(milliseconds: second * 1_000))
    }
    for (isOutage, second) in [(true, 20), (true, 3_600), (false, 3_629)] as [(Bool, Int64)] {
      guard case .retry(let again, _) = decide(isOutage, second: second) else {
        Issue.record("given up after \(second) s")
        return
      }
      entry = again
    }
    guard case .giveUp = decide(false, second: 3_630) else {
      Issue.record("not given up")
      return
    }
  }
}
