/// How long to wait before the next attempt: twice as long each time, up to a bound, and never quite as long as
/// the neighbours do.
struct Backoff: Sendable {
  static let firstDelaySeconds = 0.2
  static let maximumDelaySeconds = 5.0

  private var delaySeconds = firstDelaySeconds

  /// Between half of the delay and all of it.
  mutating func nextSeconds(using random: inout some RandomNumberGenerator) -> Double {
    defer { delaySeconds = min(delaySeconds * 2, Self.maximumDelaySeconds) }
    return Double.random(in: (delaySeconds / 2)...delaySeconds, using: &random)
  }

  mutating func reset() {
    delaySeconds = Self.firstDelaySeconds
  }
}
