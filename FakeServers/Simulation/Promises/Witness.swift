import Forge
import RunModel

/// Sees everything that happens anywhere, and says so when a promise is broken.
final class Witness {
  let nature: Nature
  let settings: Settings
  /// Each run as it was committed last, by id; and the ids in order.
  private(set) var runs: [String: Run] = [:]
  private(set) var runIDs: [String] = []
  /// Run ids by what was pushed: each push of the world has a ref and commit of its own.
  private var runsOfPush: [PushKey: [String]] = [:]
  private var logs: [AttemptKey: SimulatedLog] = [:]
  /// Whose end the forge was told of, by commit and context.
  private var toldEnds: [String: Speaker] = [:]
  private var reportsUnderWay: Set<String> = []
  private var allocated: Set<AttemptKey> = []
  private var servers: [AttemptKey: String] = [:]
  private var executions: [AttemptKey: Set<UInt64>] = [:]
  private var exitCodes: [AttemptKey: [UInt64: Int32]] = [:]
  /// Ended before they got a slot.
  private var endedInQueue: Set<AttemptKey> = []

  init(nature: Nature, settings: Settings) {
    self.nature = nature
    self.settings = settings
  }

  func log(of key: AttemptKey) -> SimulatedLog {
    if let log = logs[key] { return log }
    let log = SimulatedLog(key: key, nature: nature)
    logs[key] = log
    return log
  }

  func run(of push: SimulatedPush) -> Run? {
    runsOfPush[PushKey(push)]?.first.flatMap { runs[$0] }
  }

  /// The process that wrote logs is gone.
  func crash() {
    for key in logs.keys.sorted() { logs[key]?.crash() }
    reportsUnderWay = []
  }

  // MARK: At the forge and the runner

  func accepted(_ push: SimulatedPush) {
    let count = runsOfPush[PushKey(push)]?.count ?? 0
    nature.expect(
      .oneRunPerDelivery, count == 1, "\(push.delivery) was accepted, and there are \(count) runs of it")
  }

  /// The matriz begins to tell something of a commit.
  func reportBegan(_ place: String) {
    let isAlone = reportsUnderWay.insert(place).inserted
    nature.expect(.oneReportAtATime, isAlone, "\(place) is told a second time at once")
  }

  /// The matriz has an answer, or has given up.
  func reportEnded(_ place: String) {
    reportsUnderWay.remove(place)
  }

  /// The forge was told something of a commit in a context.
  func reportArrived(_ place: String, of speaker: Speaker, isFinal: Bool) {
    if isFinal {
      toldEnds[place] = max(speaker, toldEnds[place] ?? speaker)
    } else if let told = toldEnds[place] {
      nature.expect(
        .noReportGoesBack, speaker > told, "\(place): \(speaker) goes on after the end of \(told)")
    }
  }

  func dispatchArrived(_ key: AttemptKey) {
    nature.expect(
      .cancelledInQueueStaysThere, !endedInQueue.contains(key), "\(key) is dispatched after its end")
    let job = runs[key.run]?.job(key.job)
    nature.expect(
      .attemptsAreVisible, (job?.attempt ?? 0) >= key.attempt, "\(key) is dispatched, and nobody can see it")
  }

  /// The runner begins something for an attempt.
  func allocated(_ key: AttemptKey) {
    let isNew = allocated.insert(key).inserted
    nature.expect(.attemptsAreVisible, isNew, "the runner was given \(key) a second time")
  }

  // MARK: At the workers

  /// A worker obeys a command.
  func served(_ key: AttemptKey, by instance: String) {
    let first = servers[key] ?? instance
    servers[key] = first
    nature.expect(.oneWorkerPerAttempt, first == instance, "\(key) is served by \(first) and \(instance)")
  }

  func executed(_ key: AttemptKey, command: UInt64, by instance: String) {
    served(key, by: instance)
    let isNew = executions[key, default: []].insert(command).inserted
    nature.expect(.commandRunsOnce, isNew, "command \(command) of \(key) is carried out again by \(instance)")
  }

  func ended(_ key: AttemptKey, command: UInt64, code: Int32) {
    exitCodes[key, default: [:]][command] = code
  }

  // MARK: In the database

  /// These runs are as they are now, durably.
  func committed(_ changed: [Run]) {
    for run in changed {
      if let old = runs[run.id] {
        compare(old, run)
      } else {
        runIDs.append(run.id)
        runsOfPush[PushKey(run.source), default: []].append(run.id)
        let count = runsOfPush[PushKey(run.source)]?.count ?? 0
        nature.expect(
          .oneRunPerDelivery, count == 1, "\(run.source.ref) at \(run.source.sha) has \(count) runs")
      }
      runs[run.id] = run
      noteEndsInQueue(run)
      checkGreen(run)
    }
    if !changed.isEmpty { checkLimits() }
  }

  private func compare(_ old: Run, _ run: Run) {
    let stays = old.attempt == run.attempt && old.state == run.state
    let isAgain =
      run.attempt == old.attempt + 1 && run.earlierAttempts.last?.attempt == old.attempt
      && run.earlierAttempts.last?.state == old.state
    nature.expect(
      .oneEnd, !old.state.isFinal || stays || isAgain,
      "run \(run.id) had ended \(old.state) and is \(run.state)")
    nature.expect(
      .attemptsAreVisible, run.attempt == old.attempt || isAgain,
      "run \(run.id) went from attempt \(old.attempt) to \(run.attempt)")
    for (before, job) in zip(old.jobs, run.jobs) { compare(before, job) }
  }

  private func compare(_ old: Job, _ job: Job) {
    guard job.attempt != old.attempt else {
      nature.expect(
        .oneEnd, !old.state.isFinal || old.state == job.state,
        "job \(job.id) had ended \(old.state) and is \(job.state)")
      let (before, now) = (old.worker?.instance, job.worker?.instance)
      nature.expect(
        .oneWorkerPerAttempt, before == nil || before == now,
        "job \(job.id) changed from worker \(before ?? "none") to \(now ?? "none")")
      return
    }
    nature.expect(
      .attemptsAreVisible,
      job.attempt > old.attempt && job.earlierAttempts.map(\.attempt) == Array(1..<job.attempt),
      "job \(job.id) went from attempt \(old.attempt) to \(job.attempt) and shows \(job.earlierAttempts.count)"
    )
  }

  private func noteEndsInQueue(_ run: Run) {
    for job in run.jobs where job.state.isFinal && job.admittedAt == nil {
      endedInQueue.insert(AttemptKey(run: run.id, job: job.id, attempt: job.attempt))
    }
  }

  private func checkGreen(_ run: Run) {
    guard run.state == .succeeded else { return }
    for job in run.jobs {
      let key = AttemptKey(run: run.id, job: job.id, attempt: job.attempt)
      for (index, step) in job.steps.enumerated() {
        if case .collect = step.plan.action { continue }
        nature.expect(
          .greenMeansAll, exitCodes[key]?[CommandNumber.of(step: index)] == 0,
          "run \(run.id) is green, and step \(index) of \(key) did not succeed")
      }
    }
  }

  private func checkLimits() {
    var total = 0
    var holding: [String: Int] = [:]
    for id in runIDs {
      guard let run = runs[id] else { continue }
      let count = run.jobs.count { $0.holdsSlot }
      total += count
      holding[run.source.repository, default: 0] += count
    }
    let most = holding.values.max() ?? 0
    nature.expect(
      .limitsHold, total <= settings.concurrency.total ?? .max,
      "\(total) jobs at once, and \(settings.concurrency.total ?? .max) are allowed")
    nature.expect(
      .limitsHold, most <= settings.concurrency.perRepository ?? .max,
      "\(most) jobs of one repository at once, and \(settings.concurrency.perRepository ?? .max) are allowed")
  }
}

/// What a run is made for.
private struct PushKey: Hashable {
  let ref: String
  let sha: String

  init(_ push: SimulatedPush) {
    (ref, sha) = (push.ref, push.sha)
  }

  init(_ source: Source) {
    (ref, sha) = (source.ref, source.sha)
  }
}
