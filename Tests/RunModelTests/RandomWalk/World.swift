import FoundationEssentials
import RunModel

/// Everything around a run, as small as it can be: a conductor with its outbox, a runner, a worker for each job, a
/// forge. A seed decides what happens next, and what fails, comes late, comes twice or gets lost.
struct World {
  /// What the database holds: it survives a crash.
  private(set) var run: Run
  private(set) var outbox: [Effect]
  private var newestStatus: StatusReport?
  /// On the way to the conductor, in any order; gone with a crash.
  private(set) var inFlight: [Event] = []
  private(set) var workers: [SimulatedWorker]
  /// What the forge was told, in order.
  private(set) var forgeStatuses: [StatusReport] = []
  private(set) var uploaded: Set<String> = []
  private(set) var now = start
  private(set) var law: Law
  private(set) var faults: [String: Int] = [:]
  private var random: SeededGenerator

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    let (run, effects) = Self.makeRun(&random)
    self.run = run
    outbox = effects
    newestStatus = effects.compactMap(\.statusReport).last
    workers = run.jobs.map { SimulatedWorker(job: $0.id) }
    law = Law(run, created: effects)
  }

  private static func makeRun(_ random: inout SeededGenerator) -> (run: Run, effects: [Effect]) {
    let steps: [StepPlan] = [.clone, .task, .collect("app"), .collect("log", .always)]
    let jobs = (0..<(1 + random.below(3))).map { index in
      JobPlan(name: "job \(index)", steps: Array(steps.prefix(1 + random.below(steps.count))))
    }
    let limits = Limits(
      dispatchSeconds: 50, jobSeconds: 400, stepSeconds: random.happens(percent: 50) ? 100 : nil,
      leaseSeconds: 20)
    return Run.create(
      id: "r1", number: 1, source: random.happens(percent: 60) ? .ofTag : .ofPush,
      plan: Plan(jobs: jobs, releaseAssets: ["app", "log"], limits: limits),
      jobIDs: jobs.indices.map { "j\($0 + 1)" }, at: start)
  }

  // MARK: What happens

  /// One thing, chosen by the seed.
  mutating func step() {
    switch random.below(100) {
    case 0..<25: carryOutAnEffect()
    case 25..<55: deliverAnEvent()
    case 55..<88: if let index = workers.indices.randomOne(&random) { moveWorker(index) }
    case 88..<94: letTimePass(seconds: 1 + random.below(12))
    case 94..<96: deliver(.deadlineReached)
    case 96..<98: crash()
    default: disturb()
    }
  }

  /// The world as it is once every fault has ended: what is to be done is done, and time passes.
  mutating func calmDown() {
    for _ in 0..<Self.maximumRoundsToTheEnd {
      if let deadline = run.deadline, deadline > now { now = deadline }
      deliver(.deadlineReached)
      for effect in outbox { carryOut(effect, isFaulty: false) }
      while let event = inFlight.popLast() { deliver(event) }
      if run.state.isFinal, outbox.isEmpty { return }
    }
  }

  /// Each round ends the jobs that are late next, or an upload.
  private static let maximumRoundsToTheEnd = 20

  /// The conductor takes an event in: the new state, the new effects and the answered one's removal are one commit.
  private mutating func deliver(_ event: Event) {
    let before = run
    let effects = run.handle(event, at: now)
    outbox.removeAll { $0 == event.answered }
    outbox += effects
    newestStatus = effects.lazy.compactMap(\.statusReport).last ?? newestStatus
    law.check(event, at: now, before: before, after: run, effects: effects)
    var again = run
    law.expect(again.handle(event, at: now).isEmpty && again == run, "\(event) twice changed something")
    let isUploading = outbox.contains { $0.isUpload }
    law.expect(
      run.state.isFinal || run.deadline != nil || isUploading, "nothing will end the run after \(event)")
    law.expect(
      event != .deadlineReached || (run.deadline.map { $0 > now } ?? true), "what is late did not end")
  }

  private mutating func deliverAnEvent() {
    guard !inFlight.isEmpty else { return }
    let index = random.below(inFlight.count)
    if random.happens(percent: 15) {
      count("duplicate")
      return deliver(inFlight[index])
    }
    deliver(inFlight.remove(at: index))
  }

  // MARK: The conductor

  private mutating func carryOutAnEffect() {
    guard let effect = random.pick(outbox) else { return }
    carryOut(effect, isFaulty: random.happens(percent: 25))
  }

  /// A faulty one fails before anything was done, or is done and its answer lost; it stays in the outbox.
  private mutating func carryOut(_ effect: Effect, isFaulty: Bool) {
    if isFaulty, random.happens(percent: 50) { return count("effect failed") }
    if isFaulty { count("answer lost") }
    switch effect {
    case .dispatch(let job, let attempt):
      guard run.job(job)?.state.isFinal == false else { return forget(effect) }
      if random.happens(percent: 3) {
        return answer(.dispatchFailed(job: job, attempt: attempt, reason: "no capacity"), isLost: isFaulty)
      }
      changeWorker(job) { $0.isStarted = true }
      answer(.dispatched(job: job, attempt: attempt, handle: "handle of \(job)"), isLost: isFaulty)
    case .stop(let job, _, _):
      changeWorker(job) { $0.isStopped = true }
      if !isFaulty { forget(effect) }
    case .uploadAsset(let name):
      guard !run.state.isFinal else { return forget(effect) }
      if random.happens(percent: 10) {
        return answer(.assetFailed(name: name, reason: "no release"), isLost: isFaulty)
      }
      uploaded.insert(name)
      answer(.assetUploaded(name: name), isLost: isFaulty)
    case .reportStatus(let report):
      // Told again after a newer one was told, an older one would stay.
      let isNewest = report == newestStatus
      if isNewest { forgeStatuses.append(report) }
      if !isFaulty || !isNewest { forget(effect) }
    }
  }

  private mutating func forget(_ effect: Effect) {
    outbox.removeAll { $0 == effect }
  }

  private mutating func answer(_ event: Event, isLost: Bool) {
    if !isLost { inFlight.append(event) }
  }

  /// The process is killed and another one starts on the same database, which tells that nobody is connected.
  private mutating func crash() {
    count("crash")
    inFlight = []
    do {
      run = try JSONDecoder().decode(Run.self, from: JSONEncoder().encode(run))
    } catch {
      law.expect(false, "a run could not be stored: \(error)")
    }
    for index in workers.indices { workers[index].isConnected = false }
    for job in run.jobs { deliver(.workerAway(job: job.id, attempt: job.attempt)) }
  }

  // MARK: The workers

  private mutating func moveWorker(_ index: Int) {
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
    case .step(let step):
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

  private mutating func changeWorker(_ job: String, _ body: (inout SimulatedWorker) -> Void) {
    for index in workers.indices where workers[index].job == job { body(&workers[index]) }
  }

  // MARK: Time and mischief

  private mutating func letTimePass(seconds: Int) {
    now = now.adding(seconds: seconds)
    // The timer may be late, but not by much.
    if let deadline = run.deadline, deadline <= now, random.happens(percent: 80) {
      count("deadline")
      deliver(.deadlineReached)
    }
  }

  /// Something that nobody should have sent, or a person who changes their mind.
  private mutating func disturb() {
    let job = run.jobs[random.below(run.jobs.count)].id
    let step = random.below(6) - 1
    switch random.below(12) {
    case 0:
      count("cancel")
      deliver(.cancelRequested(by: "ann"))
    case 1: deliver(.workerConnected(job: job, attempt: 2, worker: worker))
    case 2: deliver(.workerConnected(job: "j9", attempt: 1, worker: worker))
    case 3: deliver(.stepFinished(job: job, attempt: 0, step: step, outcome: .exited(code: 0)))
    case 4: deliver(.stepStarted(job: job, attempt: 1, step: step))
    case 5: deliver(.assetUploaded(name: "other"))
    case 6 where uploaded.isEmpty && !outbox.contains { $0.isUpload }: deliver(.assetUploaded(name: "app"))
    case 7: deliver(.workerLost(job: job, attempt: 2, reason: "out of memory"))
    case 8: deliver(.dispatched(job: job, attempt: 2, handle: "another"))
    case 9 where run.job(job)?.worker != nil:
      deliver(.workerConnected(job: job, attempt: 1, worker: stranger))
      law.expect(run.job(job)?.worker == worker, "another process took the worker's place")
    default: count("stray")
    }
  }

  private mutating func count(_ fault: String) {
    faults[fault, default: 0] += 1
  }
}

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

extension Range<Int> {
  fileprivate func randomOne(_ random: inout SeededGenerator) -> Int? {
    isEmpty ? nil : lowerBound + random.below(count)
  }
}

extension Effect {
  var isUpload: Bool {
    if case .uploadAsset = self { true } else { false }
  }
}

extension Event {
  /// The effect that it tells the outcome of.
  var answered: Effect? {
    switch self {
    case .dispatched(let job, let attempt, _), .dispatchFailed(let job, let attempt, _):
      .dispatch(job: job, attempt: attempt)
    case .assetUploaded(let name), .assetFailed(let name, _): .uploadAsset(name: name)
    default: nil
    }
  }
}
