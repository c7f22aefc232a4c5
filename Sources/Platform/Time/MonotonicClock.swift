import Glibc

/// Time that never jumps, for deadlines and durations.
package enum MonotonicClock {
  /// Nanoseconds since some moment in the past.
  package static func nanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}

extension Duration {
  /// The duration in nanoseconds, cut at 100 years either way.
  package var wholeNanoseconds: Int64 {
    let limit: Int64 = 3_155_760_000
    let seconds = Swift.min(Swift.max(components.seconds, -limit), limit)
    return seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}
