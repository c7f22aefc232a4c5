import RunModel

/// Everything around a run, as small as it can be: a conductor with its outbox, a runner, a worker for each job, a
/// forge. A seed decides what happens next, and what fails, comes late, comes twice or gets lost.
struct World {
  /// What the database holds: it survives a crash.
  var run: Run
  var outbox: [Effect]
  var newestStatus: StatusReport?
  /// On the way to the conductor, in any order; gone with a crash.
  var inFlight: [Event] = []
  var workers: [SimulatedWorker]
  /// What the forge was told, in order.
  var forgeStatuses: [StatusReport] = []
  var uploaded: Set<String> = []
  var now = start
  var law: Law
  var faults: [String: Int] = [:]
  var random: SeededGenerator

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    var (run, effects) = Self.makeRun(&random)
    for job in run.jobs { effects += run.handle(.admitted(job: job.id, attempt: 1), at: start) }
    self.run = run
    outbox = effects
    newestStatus = effects.compactMap(\.statusReport).last
    workers = run.jobs.map { SimulatedWorker(job: $0.id) }
    law = Law(created: effects)
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
    case 55..<88: moveWorker()
    case 88..<95: letTimePass(seconds: 1 + random.below(12))
    case 95..<97: deliver(.deadlineReached)
    case 97: crash()
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
  mutating func deliver(_ event: Event) {
    let before = run
    let effects = run.handle(event, at: now)
    outbox.removeAll { $0 == event.answered }
    outbox += effects
    newestStatus = effects.lazy.compactMap(\.statusReport).last ?? newestStatus
    law.check(event, before: before, after: run, effects: effects)
    var again = run
    law.expect(again.handle(event, at: now).isEmpty && again == run, "\(event) twice changed something")
    let hasItsOwnTime = outbox.contains { $0.hasItsOwnTime }
    law.expect(
      run.state.isFinal || run.deadline != nil || hasItsOwnTime, "nothing will end the run after \(event)")
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

  mutating func count(_ fault: String) {
    faults[fault, default: 0] += 1
  }
}
