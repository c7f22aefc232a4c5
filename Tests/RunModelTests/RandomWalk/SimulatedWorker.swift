import RunModel

/// The process that carries out a job's steps. Told to do one again, it says what came of it the first time.
struct SimulatedWorker {
  let job: String
  var isStarted = false
  var isStopped = false
  var isConnected = false
  private(set) var results: [Int: StepOutcome] = [:]

  init(job: String) { self.job = job }

  var isAlive: Bool { isStarted && !isStopped }

  mutating func carryOut(_ step: Int, outcome: StepOutcome) -> StepOutcome {
    if let known = results[step] { return known }
    results[step] = outcome
    return outcome
  }
}
