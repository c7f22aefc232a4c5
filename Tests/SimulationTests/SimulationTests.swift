import Platform
import Simulation
import Testing

@Suite struct SimulationTests {
  /// As many as take about ten seconds on a quiet machine of two cores.
  private static let seeds: UInt64 = 2_000
  private static let seedsPerShard: UInt64 = 250

  /// Threads of its own: other tests wait for their deadlines in the meantime.
  private static let executor = BlockingExecutor(name: "simulation", threads: 2)

  @Test func whateverHappensThePromisesAreKept() async throws {
    let summary = try await withThrowingTaskGroup(of: Simulation.Summary.self) { group in
      for first in stride(from: 0, to: Self.seeds, by: Int(Self.seedsPerShard)) {
        group.addTask {
          try await Self.executor.run { Simulation.run(seeds: first..<(first + Self.seedsPerShard)) }
        }
      }
      var summary = Simulation.Summary()
      for try await part in group { summary.add(part) }
      return summary
    }
    if let failure = summary.failure { Issue.record("\(failure.report)") }
    #expect(summary.faults.missing.isEmpty, "what never happened was not tested")
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func aSeedGoesTheSameWayAgain(seed: UInt64) async throws {
    let (first, second) = try await Self.executor.run {
      (Simulation.run(seed: seed, traceLines: .max), Simulation.run(seed: seed, traceLines: .max))
    }
    #expect(first.trace == second.trace)
    #expect(first.traceHash == second.traceHash)
    #expect(first.faults == second.faults)
    #expect(!first.trace.isEmpty)
  }

  @Test func whetherItIsTracedDoesNotChangeIt() async throws {
    let (silent, traced) = try await Self.executor.run {
      (Simulation.run(seed: 4), Simulation.run(seed: 4, traceLines: 10))
    }
    #expect(silent.stepCount == traced.stepCount)
    #expect(silent.faults == traced.faults)
    #expect(traced.trace.count == 10)
  }
}
