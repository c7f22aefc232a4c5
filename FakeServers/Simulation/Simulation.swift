/// mise-ci in a small world where everything goes wrong: the real rules of runs, outbox, queue, log and worker, with
/// simulated time, forge, runner, network, workers and disk.
///
/// A seed decides each delay, each fault and each crash, so one that breaks a promise does so again, step by step.
package enum Simulation {
  /// As much of what happened before a promise was broken as a person reads.
  package static let reportLines = 60

  /// What came of one seed.
  package struct Outcome: Sendable {
    package let seed: UInt64
    package let breach: Breach?
    package let faults: FaultCounts
    package let stepCount: Int
    /// How long it took in the world, in seconds.
    package let simulatedSeconds: Int64
    /// The same for the same seed.
    package let traceHash: UInt64
    /// The newest lines of what happened, where they were asked for.
    package let trace: [String]

    /// For the one who has to find out why.
    package var report: String {
      let heading = breach.map { "seed \(seed) broke a promise: \($0)" } ?? "seed \(seed) kept every promise"
      return ([heading] + trace).joined(separator: "\n")
    }
  }

  /// Runs the world of a seed to its end.
  ///
  /// - Parameters:
  ///   - mutation: a mistake to build in.
  ///   - traceLines: how many of the newest lines of the trace to keep; with any it takes several times as long.
  package static func run(seed: UInt64, mutation: Mutation? = nil, traceLines: Int = 0) -> Outcome {
    let world = World(seed: seed, mutation: mutation, traceLines: traceLines)
    world.run()
    let nature = world.nature
    return Outcome(
      seed: seed, breach: nature.breach, faults: nature.faults, stepCount: world.steps,
      simulatedSeconds: nature.now / 1_000, traceHash: nature.trace.hash, trace: nature.trace.lines)
  }

  /// What came of many seeds.
  package struct Summary: Sendable {
    package private(set) var seedCount = 0
    package private(set) var stepCount = 0
    package private(set) var simulatedSeconds: Int64 = 0
    package private(set) var faults = FaultCounts()
    /// The first seed that broke a promise, with its trace.
    package private(set) var failure: Outcome?

    package init() {}

    package mutating func add(_ other: Summary) {
      seedCount += other.seedCount
      stepCount += other.stepCount
      simulatedSeconds += other.simulatedSeconds
      faults.add(other.faults)
      failure = failure ?? other.failure
    }

    mutating func add(_ outcome: Outcome) {
      seedCount += 1
      stepCount += outcome.stepCount
      simulatedSeconds += outcome.simulatedSeconds
      faults.add(outcome.faults)
    }

    mutating func fail(_ outcome: Outcome) { failure = outcome }
  }

  /// Runs seeds one after the other, up to the first that breaks a promise.
  package static func run(seeds: Range<UInt64>, mutation: Mutation? = nil) -> Summary {
    var summary = Summary()
    for seed in seeds {
      let outcome = run(seed: seed, mutation: mutation)
      summary.add(outcome)
      guard outcome.breach == nil else {
        summary.fail(run(seed: seed, mutation: mutation, traceLines: reportLines))
        break
      }
    }
    return summary
  }
}
