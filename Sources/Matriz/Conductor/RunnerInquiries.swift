package import Platform
package import RunModel
package import Runner

/// Which workers the runner is asked about, and when: those that were dispatched and have not connected, and those
/// that are away. Often at first, rarely later, and few at once.
///
/// A value without clock or tasks, as `OutboxQueue` is.
package struct RunnerInquiries: Sendable {
  package static let maximumAtOnce = 4
  /// Between two questions about a worker: the first ones, and at most.
  package static let backoff = Backoff(firstSeconds: 2, maximumSeconds: 30)
  /// A worker that ended as it should may have its last results under way to us: only one that the runner still takes
  /// for ended after this long, and that we still miss, is gone.
  package static let graceSeconds = 5.0

  /// A worker that is asked about.
  package struct Inquiry: Hashable, Sendable {
    package let run: String
    package let job: String
    package let attempt: Int
    package let handle: String
    /// It was here once.
    package let hasConnected: Bool
  }

  private struct Asked {
    var time: Timestamp
    var tries = 0
    var isUnderWay = false
    /// The runner has said that it ended.
    var hasEnded = false
    /// Something has happened to it while the runner was asked: the answer may be from before.
    var isHurried = false
  }

  private var asked: [Inquiry: Asked] = [:]

  package init() {}

  package var isEmpty: Bool { asked.isEmpty }

  /// When to ask next, once there is room.
  package var nextTime: Timestamp? {
    underWayCount < Self.maximumAtOnce
      ? asked.values.lazy.filter { !$0.isUnderWay }.map(\.time).min() : nil
  }

  /// Takes in how a run is now.
  package mutating func note(_ run: Run, at now: Timestamp) {
    let wanted = Set(run.missedWorkers)
    for inquiry in asked.keys.filter({ $0.run == run.id && !wanted.contains($0) }) { asked[inquiry] = nil }
    for inquiry in wanted where asked[inquiry] == nil {
      asked[inquiry] = Asked(time: now.adding(seconds: Self.backoff.firstSeconds))
    }
  }

  /// Something has happened to this worker, by the runner's own word: it is asked about at once, if it is missed.
  package mutating func hurry(_ handle: String, at now: Timestamp) {
    for inquiry in asked.keys where inquiry.handle == handle {
      guard var entry = asked[inquiry] else { continue }
      entry.isHurried = entry.isUnderWay
      // One that ended may have its last results under way.
      if !entry.hasEnded { entry.time = min(entry.time, now) }
      asked[inquiry] = entry
    }
  }

  /// Whom to ask about now; each is under way until `conclude`.
  package mutating func takeReady(at now: Timestamp) -> [Inquiry] {
    let room = Self.maximumAtOnce - underWayCount
    guard room > 0 else { return [] }
    let ready = asked.filter { !$0.value.isUnderWay && $0.value.time <= now }
      .sorted { ($0.value.time, $0.key.handle) < ($1.value.time, $1.key.handle) }.prefix(room)
    for (inquiry, _) in ready { asked[inquiry]?.isUnderWay = true }
    return ready.map(\.key)
  }

  /// What the run is to learn of an answer, if it still misses the worker (`missedWorkers`): it may have come meanwhile.
  ///
  /// - Parameters:
  ///   - state: the runner's word; `nil` when it could not be asked.
  ///   - random: from 0 to 1.
  package mutating func conclude(
    _ inquiry: Inquiry, _ state: RunnerJobState?, at now: Timestamp, random: Double
  ) -> Event? {
    guard var entry = asked[inquiry] else { return nil }
    entry.isUnderWay = false
    entry.tries += 1
    var delay = Self.backoff.delaySeconds(afterTries: entry.tries, random: random)
    var event: Event?
    switch state {
    case .pending(let reason?):
      event = .runnerWaits(job: inquiry.job, attempt: inquiry.attempt, reason: reason)
    case .failed(let reason), .lost(let reason):
      event = lost(inquiry, reason)
    case .finished where entry.hasEnded: event = lost(inquiry, "it ended before its job was over")
    case .gone where entry.hasEnded: event = lost(inquiry, "the runner does not know it any more")
    case .finished, .gone:
      entry.hasEnded = true
      delay = Self.graceSeconds
    case .pending(nil), .running, nil: break
    }
    entry.time = entry.isHurried && !entry.hasEnded ? now : now.adding(seconds: delay)
    entry.isHurried = false
    asked[inquiry] = entry
    return event
  }

  private var underWayCount: Int { asked.values.count { $0.isUnderWay } }

  private func lost(_ inquiry: Inquiry, _ reason: String) -> Event {
    .workerLost(
      job: inquiry.job, attempt: inquiry.attempt,
      reason: (inquiry.hasConnected ? "the worker was lost: " : "the worker never connected: ") + reason)
  }
}

extension Run {
  /// The workers that should be here and are not.
  package var missedWorkers: [RunnerInquiries.Inquiry] {
    guard !state.isFinal else { return [] }
    return jobs.compactMap { job in
      guard let handle = job.dispatchHandle, job.state == .dispatched || job.isAway else { return nil }
      return RunnerInquiries.Inquiry(
        run: id, job: job.id, attempt: job.attempt, handle: handle,
        hasConnected: job.startedAt != nil)
    }
  }
}

extension Job {
  fileprivate var isAway: Bool { state == .running && awaySince != nil }
}

extension Timestamp {
  /// The moment so many seconds later.
  package func adding(seconds: Double) -> Timestamp {
    Timestamp(milliseconds: milliseconds + Int64(min(max(seconds, 0), 1e9) * 1_000))
  }
}
