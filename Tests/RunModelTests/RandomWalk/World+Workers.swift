import RunModel

extension World {
  mutating func moveWorker() {
    let index = random.below(workers.count)
    guard workers[index].isAlive, let job = run.job(workers[index].job) else { return }
    if random.happens(percent: 4) { return loseWorker(index) }
    guard workers[index].isConnected else {
      workers[index].isConnected = true
      inFlight.append(.workerConnected(job: job.id, attempt: 1, worker: worker))
      return
    }
    if random.happens(percent: 8) {
      count("worker away")
      workers[index].isConnected = false
      inFlight.append(.workerAway(job: job.id, attempt: 1))
      return
    }
    obey(job.command, index)
  }

  /// The process is gone; only sometimes does the runner tell.
  private mutating func loseWorker(_ index: Int) {
    count("worker lost")
    workers[index].isStopped = true
    let job = workers[index].job
    if random.happens(percent: 50) {
      inFlight.append(.workerLost(job: job, attempt: 1, reason: "out of memory"))
    } else {
      inFlight.append(.workerAway(job: job, attempt: 1))
    }
  }

  private mutating func obey(_ command: Job.Command?, _ index: Int) {
    let job = workers[index].job
    switch command {
    case nil: return
    case .close: workers[index].isStopped = true
    case .step(let step), .stop(let step, _):
      if random.happens(percent: 80) { inFlight.append(.stepStarted(job: job, attempt: 1, step: step)) }
      guard random.happens(percent: 60) else { return }
      let outcome = workers[index].carryOut(step, outcome: makeOutcome())
      inFlight.append(.stepFinished(job: job, attempt: 1, step: step, outcome: outcome))
    }
  }

  private mutating func makeOutcome() -> StepOutcome {
    switch random.below(20) {
    case 0: .exited(code: 1)
    case 1: random.happens(percent: 50) ? .refused(reason: "no such file") : .broke(reason: "disk full")
    default: .exited(code: 0)
    }
  }

  mutating func changeWorker(_ job: String, _ body: (inout SimulatedWorker) -> Void) {
    for index in workers.indices where workers[index].job == job { body(&workers[index]) }
  }
}
