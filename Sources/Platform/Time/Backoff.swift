/// How long to wait before the next try: doubled each time, with jitter so that many do not come back together.
package struct Backoff: Sendable {
  package var firstSeconds: Double
  package var maximumSeconds: Double

  package init(firstSeconds: Double = 0.5, maximumSeconds: Double = 60) {
    self.firstSeconds = firstSeconds
    self.maximumSeconds = maximumSeconds
  }

  /// - Parameters:
  ///   - tries: how often it was tried in vain, from 1.
  ///   - random: from 0 to 1.
  /// - Returns: seconds, between half of the step and all of it.
  package func delaySeconds(afterTries tries: Int, random: Double = .random(in: 0...1)) -> Double {
    var step = firstSeconds
    for _ in 1..<max(1, min(tries, 32)) { step = min(step * 2, maximumSeconds) }
    return step / 2 + step / 2 * random
  }
}
