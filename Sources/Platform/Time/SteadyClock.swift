/// Wall-clock time that never jumps: what the clock said at some moment, and the time that has passed since.
///
/// When somebody sets the system's clock, nothing that is timed by this one is late or early because of it.
package struct SteadyClock: Sendable {
  /// What is added to the monotonic clock. It means something until the machine starts again.
  package let offsetMilliseconds: Int64

  package init(offsetMilliseconds: Int64) {
    self.offsetMilliseconds = offsetMilliseconds
  }

  /// One that agrees with the system's clock now.
  package init() {
    offsetMilliseconds = Timestamp.now().milliseconds - Self.monotonicMilliseconds()
  }

  package func now() -> Timestamp {
    Timestamp(milliseconds: Self.monotonicMilliseconds() + offsetMilliseconds)
  }

  private static func monotonicMilliseconds() -> Int64 { MonotonicClock.nanoseconds() / 1_000_000 }
}
