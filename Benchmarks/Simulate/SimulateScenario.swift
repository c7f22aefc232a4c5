import Platform
import Simulation

/// Worlds in which everything goes wrong, as many as one likes.
struct SimulateScenario {
  static let command = Command(
    "simulate", "Runs simulated worlds, and checks what mise-ci promises after each step.",
    options: [
      .init("seeds", value: "N", "how many worlds (10000)"),
      .init("first-seed", value: "S", "the first one's seed (0)"),
      .init("mutation", value: "NAME", "build a mistake in: the promise that it breaks has to be found"),
      .init("trace", "tell what happened in the first one"),
    ])

  /// Progress is told this often.
  private static let seedsPerPart: UInt64 = 1_000

  private let seeds: Range<UInt64>
  private let tellsTrace: Bool
  private let mutation: Mutation?

  init(_ values: CommandLineValues) throws(UsageError) {
    let count = try values.integer("seeds", in: 1...1_000_000_000) ?? 10_000
    let first = try values.integer("first-seed", in: 0...Int(Int32.max)) ?? 0
    seeds = UInt64(first)..<UInt64(first + count)
    tellsTrace = values.has("trace")
    let name = values.string("mutation")
    mutation = name.flatMap { Mutation(rawValue: $0) }
    if let name, mutation == nil {
      let known = Mutation.allCases.map(\.rawValue).joined(separator: ", ")
      throw UsageError("benchmarks simulate: there is no mutation '\(name)'; there are \(known)")
    }
  }

  func run() throws {
    if tellsTrace {
      return emit(Simulation.run(seed: seeds.lowerBound, mutation: mutation, traceLines: .max).report)
    }
    let begun = MonotonicClock.nanoseconds()
    var summary = Simulation.Summary()
    var next = seeds.lowerBound
    while next < seeds.upperBound, summary.failure == nil {
      let end = min(next + Self.seedsPerPart, seeds.upperBound)
      summary.add(Simulation.run(seeds: next..<end, mutation: mutation))
      next = end
    }
    let seconds = Double(MonotonicClock.nanoseconds() - begun) / 1e9
    emit(table(summary.faults))
    let perSecond = fixed(Double(summary.seedCount) / seconds, 0)
    let days = fixed(Double(summary.simulatedSeconds) / 86_400, 1)
    emit(
      "\(summary.seedCount) seeds in \(fixed(seconds, 1)) s (\(perSecond) per second): "
        + "\(summary.stepCount) steps, \(days) simulated days")
    if let failure = summary.failure { throw Failure(description: failure.report) }
    let missing = summary.faults.missing.map(\.name)
    guard missing.isEmpty else {
      throw Failure(description: "these faults never happened: \(missing.joined(separator: ", "))")
    }
  }

  private struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private func table(_ faults: FaultCounts) -> String {
    Fault.allCases.map { "\(pad(String(faults[$0]), 10))  \($0.name)" }.joined(separator: "\n")
  }
}
