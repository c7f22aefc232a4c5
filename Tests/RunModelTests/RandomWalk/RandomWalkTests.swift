import RunModel
import Testing

@Suite struct RandomWalkTests {
  private static let seeds: UInt64 = 2_000
  private static let maximumStepsPerWalk = 160
  /// What comes late comes then.
  private static let stepsAfterTheEnd = 30

  /// Where a walk came out, or what it broke.
  private struct Walk {
    var world: World
    var breach: String?

    init(seed: UInt64) {
      world = World(seed: seed)
      var stepsLeft = RandomWalkTests.maximumStepsPerWalk
      while stepsLeft > 0, world.law.breach == nil {
        world.step()
        stepsLeft -= 1
        if world.run.state.isFinal { stepsLeft = min(stepsLeft, RandomWalkTests.stepsAfterTheEnd) }
      }
      let endedAlone = world.run.state.isFinal
      world.calmDown()
      breach = world.law.breach ?? Self.whatIsMissing(world)
      self.endedAlone = endedAlone
    }

    let endedAlone: Bool

    private static func whatIsMissing(_ world: World) -> String? {
      let run = world.run
      if !run.state.isFinal { return "the run did not end: \(run.state)" }
      if !world.outbox.isEmpty { return "not everything was done: \(world.outbox)" }
      let ends = world.forgeStatuses.filter { $0.state != .pending }
      if ends.isEmpty || world.forgeStatuses.last?.state == .pending {
        return "the forge does not know the end"
      }
      if Set(ends).count != 1 { return "the forge was told of several ends: \(ends)" }
      let assets = run.assets.filter { $0.state == .succeeded }.map(\.name)
      if !world.uploaded.isSuperset(of: assets) { return "an asset is missing" }
      return run.jobs.compactMap { whatIsWrong(with: $0, in: world) }.first
    }

    /// Each step's result is what its only execution gave.
    private static func whatIsWrong(with job: Job, in world: World) -> String? {
      guard let worker = world.workers.first(where: { $0.job == job.id }) else { return "\(job.id) is gone" }
      for (index, step) in job.steps.enumerated() {
        let result = worker.results[index]
        if step.state == .succeeded, result != .exited(code: 0) {
          return "step \(index) of \(job.id) is not true"
        }
        if step.state == .failed, result == nil { return "step \(index) of \(job.id) failed unseen" }
      }
      return nil
    }
  }

  @Test func whateverHappensARunEndsOnceAndTheForgeLearnsIt() {
    var ends: [State: Int] = [:]
    var faults: [String: Int] = [:]
    for seed in 0..<Self.seeds {
      let walk = Walk(seed: seed)
      if let breach = walk.breach {
        Issue.record("seed \(seed): \(breach)")
        return
      }
      if walk.endedAlone { ends[walk.world.run.state, default: 0] += 1 }
      faults.merge(walk.world.faults, uniquingKeysWith: +)
    }
    // What never happened was not tested.
    for state in [State.succeeded, .failed, .errored, .cancelled] {
      #expect(ends[state, default: 0] > 20, "\(ends)")
    }
    for fault in [
      "answer lost", "cancel", "crash", "deadline", "duplicate", "effect failed", "worker away",
      "worker lost",
    ] {
      #expect(faults[fault, default: 0] > 20, "\(faults)")
    }
  }

  @Test func aSeedGivesTheSameWalkAgain() {
    let first = Walk(seed: 7).world
    let second = Walk(seed: 7).world
    #expect(first.run == second.run)
    #expect(first.forgeStatuses == second.forgeStatuses)
    #expect(first.faults == second.faults)
  }
}
