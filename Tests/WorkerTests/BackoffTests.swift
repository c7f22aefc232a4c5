import TestSupport
import Testing

@testable import Worker

@Suite("Waiting between attempts", .fewAtOnce)
struct BackoffTests {
  @Test("Delays double up to the bound, each cut by chance to no less than half", arguments: 0..<4)
  func delays(seed: UInt64) {
    var random = SeededGenerator(state: seed)
    var backoff = Backoff()
    for bound in [0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5] {
      #expect(((bound / 2)...bound).contains(backoff.nextSeconds(using: &random)))
    }
    backoff.reset()
    #expect(backoff.nextSeconds(using: &random) <= 0.2)
  }
}
