import Platform
import Testing

@Suite("Waiting between tries")
struct BackoffTests {
  @Test(
    "The step doubles up to the bound, and chance takes no more than half of it",
    arguments: [(0, 0.5), (1, 0.5), (2, 1), (3, 2), (7, 32), (8, 60), (50, 60), (Int.max, 60)]
      as [(Int, Double)])
  func delays(tries: Int, most: Double) {
    let backoff = Backoff(firstSeconds: 0.5, maximumSeconds: 60)
    #expect(backoff.delaySeconds(afterTries: tries, random: 1) == most)
    #expect(backoff.delaySeconds(afterTries: tries, random: 0) == most / 2)
    #expect(((most / 2)...most).contains(backoff.delaySeconds(afterTries: tries)))
  }
}
