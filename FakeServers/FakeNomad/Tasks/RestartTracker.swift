import HTTP

/// Decides whether a task that ended is started again (`restart` of a group or task). Times in nanoseconds.
struct RestartTracker {
  enum Decision: Hashable {
    case restart(afterNanoseconds: Int64, reason: String)
    /// The task has failed.
    case giveUp(reason: String)
  }

  static let withinPolicy = "Restart within policy"

  private let attempts: Int64
  private let interval: Int64
  private let delay: Int64
  private let mode: String
  private var count: Int64 = 0
  private var windowStart: Int64

  init(_ policy: JSONValue, now: Int64) {
    attempts = policy["Attempts"]?.integer ?? 0
    interval = policy["Interval"]?.integer ?? 0
    delay = max(0, policy["Delay"]?.integer ?? 0)
    mode = policy["Mode"]?.string ?? "fail"
    windowStart = now
  }

  /// What follows an end at this moment.
  mutating func decide(now: Int64) -> Decision {
    guard attempts > 0 else { return .giveUp(reason: "Policy allows no restarts") }
    if now - windowStart > interval {
      windowStart = now
      count = 0
    }
    count += 1
    guard count > attempts else { return .restart(afterNanoseconds: delay, reason: Self.withinPolicy) }
    let exceeded =
      "Exceeded allowed attempts \(attempts) in interval \(GoDuration.text(nanoseconds: interval))"
    guard mode == "delay" else { return .giveUp(reason: "\(exceeded) and mode is \"fail\"") }
    return .restart(
      afterNanoseconds: max(0, windowStart + interval - now), reason: "\(exceeded) and mode is \"delay\"")
  }
}
