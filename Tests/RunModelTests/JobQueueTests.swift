import RunModel
import Testing

/// Who gets the next slots.
@Suite struct JobQueueTests {
  struct Case: Sendable {
    let name: String
    /// `repository` and when, in the order in which they wait.
    let waiting: [(String, Int)]
    let holding: [String: Int]
    let limits: ConcurrencyLimits
    /// Repositories in the order in which they get slots.
    let admitted: [String]
  }

  static let cases = [
    Case(
      name: "without limits all", waiting: [("a", 2), ("b", 1)], holding: [:], limits: ConcurrencyLimits(),
      admitted: ["b", "a"]),
    Case(
      name: "as many as there is room", waiting: [("a", 1), ("a", 2), ("a", 3)], holding: ["a": 1],
      limits: ConcurrencyLimits(total: 3), admitted: ["a", "a"]),
    Case(
      name: "none when it is full", waiting: [("a", 1)], holding: ["b": 3],
      limits: ConcurrencyLimits(total: 3),
      admitted: []),
    Case(
      name: "one with few before one with many", waiting: [("a", 1), ("a", 2), ("b", 9)], holding: ["a": 1],
      limits: ConcurrencyLimits(total: 3), admitted: ["b", "a"]),
    Case(
      name: "a full repository does not block another", waiting: [("a", 1), ("b", 2)], holding: ["a": 2],
      limits: ConcurrencyLimits(total: 9, perRepository: 2), admitted: ["b"]),
    Case(
      name: "by turns", waiting: [("a", 1), ("a", 2), ("a", 3), ("b", 4), ("b", 5)], holding: [:],
      limits: ConcurrencyLimits(total: 4), admitted: ["a", "b", "a", "b"]),
    Case(
      name: "more than allowed since the limit was lowered", waiting: [("a", 1)], holding: ["a": 9],
      limits: ConcurrencyLimits(perRepository: 2), admitted: []),
  ]

  @Test(arguments: cases) func slotsAreGivenFairly(_ example: Case) {
    let waiting = example.waiting.enumerated().map { index, entry in
      JobQueue.Waiting(
        run: "r\(index)", job: "j\(index)", attempt: 1, repository: entry.0, queuedAt: at(entry.1))
    }
    for order in [waiting, waiting.reversed()] {
      let admitted = JobQueue.admit(waiting: order, holding: example.holding, limits: example.limits)
      #expect(admitted.map(\.repository) == example.admitted, "\(example.name)")
      // Within a repository the oldest comes first.
      for repository in ["a", "b"] {
        let times = admitted.filter { $0.repository == repository }.map(\.queuedAt)
        #expect(times == times.sorted())
      }
    }
  }
}
