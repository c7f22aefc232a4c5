import HTTP
import Platform

/// Whether and when a failed allocation is followed by another one (`reschedule` of a group). Times in nanoseconds.
struct ReschedulePolicy {
  let attempts: Int64
  let interval: Int64
  let delay: Int64
  let delayFunction: String
  let maximumDelay: Int64
  let isUnlimited: Bool

  init(_ block: JSONValue) {
    attempts = block["Attempts"]?.integer ?? 0
    interval = block["Interval"]?.integer ?? 0
    delay = max(0, block["Delay"]?.integer ?? 0)
    delayFunction = block["DelayFunction"]?.string ?? "constant"
    maximumDelay = block["MaxDelay"]?.integer ?? 0
    isUnlimited = block["Unlimited"]?.bool ?? false
  }

  /// How long to wait before the next try; `nil` when there is none.
  func delay(after earlier: [Allocation.Reschedule], at now: Timestamp) -> Int64? {
    guard isUnlimited || attempts > 0 else { return nil }
    if !isUnlimited {
      let start = now.milliseconds - interval / 1_000_000
      guard Int64(earlier.count { $0.time.milliseconds > start }) < attempts else { return nil }
    }
    return nextDelay(after: earlier)
  }

  /// The delay by the function, not more than the longest that is allowed.
  func nextDelay(after earlier: [Allocation.Reschedule]) -> Int64 {
    let last = earlier.last?.delayNanoseconds ?? 0
    var next = delay
    switch delayFunction {
    case "exponential" where !earlier.isEmpty:
      next = last.multipliedReportingOverflow(by: 2).overflow ? maximumDelay : last * 2
    case "fibonacci" where earlier.count >= 2:
      let (sum, overflow) = last.addingReportingOverflow(earlier[earlier.count - 2].delayNanoseconds)
      next = overflow ? maximumDelay : sum
    default: break
    }
    return maximumDelay > 0 ? min(next, maximumDelay) : next
  }
}
