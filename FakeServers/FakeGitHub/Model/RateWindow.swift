import Platform

/// How many requests one token has made in the hour that began with its first.
struct RateWindow: Sendable {
  static let windowSeconds: Int64 = 3_600

  let limit: Int
  private(set) var used = 0
  /// Unix seconds.
  let resetsAt: Int64

  init(limit: Int, now: Timestamp) {
    self.limit = limit
    resetsAt = now.milliseconds / 1_000 + Self.windowSeconds
  }

  var remaining: Int { max(0, limit - used) }

  /// Counts a request; `false` when the limit is reached already.
  mutating func take() -> Bool {
    guard used < limit else { return false }
    used += 1
    return true
  }

  /// Gives one back: an answer of 304 does not count.
  mutating func giveBack() {
    used = max(0, used - 1)
  }
}
