internal import Forge
internal import HTTP

/// When the driver itself tries again: a hiccup is not worth the caller's attention. What takes longer is the caller's.
enum Retries {
  static let maximumTries = 3
  private static let firstDelaySeconds = 0.25
  private static let growth = 4.0

  /// Whether it may work in a moment. Not when GitHub said how long to wait, and not when we have waited already.
  static func isWorthwhile(after error: ForgeError) -> Bool {
    guard error.code == .unavailable, error.retryAfterSeconds == nil else { return false }
    return (error.cause as? HTTPClientError)?.code != .timedOut
  }

  /// - Parameter tries: at least 1.
  static func delaySeconds(afterTries tries: Int) -> Double {
    var delay = firstDelaySeconds
    for _ in 1..<max(1, tries) { delay *= growth }
    return delay * Double.random(in: 0.5...1)
  }
}
