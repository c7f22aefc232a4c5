extension Run {
  /// Takes in an event: the only way in which a run changes.
  ///
  /// An event that cannot be (of an earlier attempt, of a job that has ended, repeated) is the trace of a legitimate
  /// race or of an effect that was carried out twice: it changes nothing and has no effects. An event that names a
  /// job or a step that does not exist is dropped as well: it came from a peer.
  package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
    let before = shown
    let effects = take(event, at: now)
    return reports(since: before) + effects
  }

  private mutating func take(_ event: Event, at now: Instant) -> [Effect] {
    switch event {
    case .rerunRequested(let by, let onlyFailed): return rerun(by: by, onlyFailed, at: now)
    case .dispatched(let job, let attempt, let handle): return dispatched(job, attempt, handle, at: now)
    case .repositoryMoved(let name, let cloneURL):
      source.repository = name
      source.cloneURL = cloneURL
      return []
    default: return state.isFinal ? [] : takeUnfinished(event, at: now)
    }
  }

  private mutating func takeUnfinished(_ event: Event, at now: Instant) -> [Effect] {
    switch event {
    case .dispatched, .rerunRequested, .repositoryMoved: return []
    case .commitMessageRead(let marker): return commitMessageRead(marker, at: now)
    case .admitted(let job, let attempt):
      return isHeld ? [] : change(job, attempt) { $0.admitted(at: now) }
    case .runnerWaits(let job, let attempt, let reason): return change(job, attempt) { $0.waits(reason) }
    case .workerConnected(let job, let attempt, let worker):
      let effects = change(job, attempt) { $0.connected(worker, at: now) }
      return effects + startIfFirst(job, at: now) + settle(at: now)
    case .workerAway(let job, let attempt):
      return change(job, attempt) { $0.away(at: now) }
    case .serverStarted:
      for index in jobs.indices { jobs[index].serverStarted(at: now) }
      return []
    case .dispatchFailed(let job, let attempt, let reason):
      guard self.job(job)?.state == .queued else { return [] }
      return infrastructureFailed(job, attempt, reason, at: now)
    case .workerLost(let job, let attempt, let reason):
      return infrastructureFailed(job, attempt, reason, at: now)
    case .stepStarted(let job, let attempt, let step):
      return change(job, attempt) { $0.stepStarted(step, at: now) }
    case .stepFinished(let job, let attempt, let step, let outcome):
      return change(job, attempt) { $0.stepFinished(step, outcome, at: now) } + settle(at: now)
    case .outputStalled(let job, let attempt, let step, let seconds):
      let limits = plan.limits
      return change(job, attempt) { $0.outputStalled(step, seconds: seconds, limits, at: now) }
        + settle(at: now)
    case .cannotStop(let job, let attempt):
      return change(job, attempt) { $0.cannotStop(at: now) } + settle(at: now)
    case .assetUploaded(let name):
      return finishAsset(name, .succeeded, reason: nil) + settle(at: now)
    case .assetFailed(let name, let reason):
      return finishAsset(name, .errored, reason: reason) + settle(at: now)
    case .approved(let by, let sha): return approve(by: by, sha, at: now)
    case .cancelRequested(let by): return cancel("cancelled by \(by)", at: now)
    case .superseded(let by): return cancel("superseded by \(by)", at: now)
    case .deadlineReached: return deadlineReached(at: now)
    }
  }

  /// The next moment at which time itself changes something; tell it with `deadlineReached`.
  package var deadline: Instant? {
    guard !state.isFinal else { return nil }
    return (jobs.map { $0.lateness(plan.limits)?.deadline } + [runLimit]).compactMap { $0 }.min()
  }

  /// For a run that has just been made.
  mutating func endWithoutJobs(at now: Instant) -> [Effect] {
    finish(.errored, reason: "there is nothing to run", at: now)
  }

  mutating func skip(_ reason: String, at now: Instant) -> [Effect] {
    isHeld = false
    for index in jobs.indices { _ = jobs[index].end(.skipped, reason: reason, at: now) }
    return finish(.skipped, reason: reason, at: now)
  }

  // MARK: Jobs

  private mutating func change(_ id: String, _ attempt: Int, _ body: (inout Job) -> [Effect]) -> [Effect] {
    guard let index = jobs.firstIndex(where: { $0.id == id && $0.attempt == attempt }) else { return [] }
    return body(&jobs[index])
  }

  /// What has ended stays as it is; but a dispatch that was under way at the end of its attempt is to be undone.
  private mutating func dispatched(
    _ id: String, _ attempt: Int, _ handle: String, at now: Instant
  ) -> [Effect] {
    if let job = job(id), (1..<job.attempt).contains(attempt) {
      return [.stop(job: id, attempt: attempt, handle: handle)]
    }
    let effects = change(id, attempt) { $0.dispatched(handle, at: now) }
    if state == .queued, jobs.contains(where: { $0.state == .dispatched }) { state = .dispatched }
    return effects
  }

  private mutating func infrastructureFailed(
    _ id: String, _ attempt: Int, _ reason: String, at now: Instant
  ) -> [Effect] {
    let (limits, used) = (plan.limits, retriesUsed(by: id))
    return change(id, attempt) { $0.infrastructureFailed(reason, limits, retriesUsed: used, at: now) }
      + settle(at: now)
  }

  /// How many attempts the job had before this one since the run was made, or made again.
  private func retriesUsed(by id: String) -> Int {
    guard let job = job(id) else { return 0 }
    return job.attempt - (firstAttempts[id] ?? 1)
  }

  private mutating func startIfFirst(_ id: String, at now: Instant) -> [Effect] {
    guard startedAt == nil, job(id)?.startedAt != nil else { return [] }
    state = .running
    startedAt = now
    return [statusEffect]
  }

  // MARK: Time

  /// When the run itself has used up its time.
  private var runLimit: Instant? {
    guard let seconds = plan.limits.runSeconds, let startedAt,
      jobs.contains(where: { !$0.state.isFinal && $0.stopping == nil })
    else { return nil }
    return startedAt.adding(seconds: seconds)
  }

  private mutating func deadlineReached(at now: Instant) -> [Effect] {
    let limits = plan.limits
    var effects: [Effect] = []
    if let runLimit, let seconds = limits.runSeconds, runLimit <= now {
      for index in jobs.indices {
        effects += jobs[index].stop(
          .errored, reason: "the run took longer than \(seconds) s", limits, at: now)
      }
    }
    for index in jobs.indices {
      let used = retriesUsed(by: jobs[index].id)
      effects += jobs[index].deadlineReached(limits, retriesUsed: used, at: now)
    }
    return effects + settle(at: now)
  }

  // MARK: The end

  /// When the last job has ended: release assets, if all is well; then the run's own end and, last, its status.
  private mutating func settle(at now: Instant) -> [Effect] {
    guard !state.isFinal, jobs.allSatisfy({ $0.state.isFinal }) else { return [] }
    if let cancellation { return finish(.cancelled, reason: cancellation.reason, at: now) }
    let worst =
      jobs.first { $0.state == .errored } ?? jobs.first { $0.state == .cancelled }
      ?? jobs.first { $0.state == .failed }
    if let worst { return finish(worst.state, reason: reason(from: worst), at: now) }
    if let broken = assets.first(where: { $0.state == .errored }), assets.allSatisfy({ $0.state.isFinal }) {
      return finish(.errored, reason: broken.reason, at: now)
    }
    let waiting = assets.indices.filter { assets[$0].state == .queued }
    if !waiting.isEmpty {
      for index in waiting { assets[index].state = .running }
      return waiting.map { .uploadAsset(name: assets[$0].name) }
    }
    guard assets.allSatisfy({ $0.state.isFinal }) else { return [] }
    return finish(.succeeded, reason: nil, at: now)
  }

  /// Where there are several jobs, the reason says which.
  private func reason(from job: Job) -> String? {
    jobs.count == 1 ? job.reason : job.reason.map { "\(job.name): \($0)" }
  }

  private mutating func finishAsset(_ name: String, _ state: State, reason: String?) -> [Effect] {
    guard let index = assets.firstIndex(where: { $0.name == name && $0.state == .running }) else { return [] }
    assets[index].state = state
    assets[index].reason = reason
    return []
  }

  private mutating func finish(_ state: State, reason: String?, at now: Instant) -> [Effect] {
    self.state = state
    self.reason = reason
    finishedAt = now
    // Nobody waits for the message any more; a run that is done again does not either.
    isHeld = false
    for index in assets.indices where !assets[index].state.isFinal {
      assets[index].state = assets[index].state == .running ? .cancelled : .skipped
    }
    return [statusEffect]
  }

  // MARK: What people want

  /// Whatever became of its jobs so far, and also while it is publishing: a run that somebody cancelled is cancelled,
  /// and says by whom. The first to want it counts.
  private mutating func cancel(_ reason: String, at now: Instant) -> [Effect] {
    guard cancellation == nil else { return [] }
    cancellation = Cancellation(reason: reason, requestedAt: now)
    let limits = plan.limits
    var effects: [Effect] = []
    for index in jobs.indices {
      effects += jobs[index].stop(.cancelled, reason: reason, limits, at: now)
    }
    let end = settle(at: now)
    return effects + (end.isEmpty ? [statusEffect] : end)
  }

  mutating func waitForApproval() {
    needsApproval = true
    state = .waiting
    for index in jobs.indices { jobs[index].waitForApproval() }
  }

  /// What was approved is one commit: another one is another run.
  private mutating func approve(by: String, _ sha: String, at now: Instant) -> [Effect] {
    guard state == .waiting, sha == source.sha else { return [] }
    state = .queued
    needsApproval = false
    approvedBy = by
    for index in jobs.indices { jobs[index].approved(at: now) }
    return [statusEffect] + (isHeld ? [.readCommitMessage] : [])
  }

  private mutating func commitMessageRead(_ marker: String?, at now: Instant) -> [Effect] {
    guard isHeld else { return [] }
    isHeld = false
    return marker.map { skip("the commit message has \($0)", at: now) } ?? []
  }

  private mutating func rerun(by: String, _ onlyFailed: Bool, at now: Instant) -> [Effect] {
    guard state.isFinal, !jobs.isEmpty, !(onlyFailed && state == .succeeded) else { return [] }
    earlierAttempts.append(
      RunAttempt(
        attempt: attempt, state: state, reason: reason, startedAt: startedAt, finishedAt: finishedAt))
    attempt += 1
    state = .queued
    rerunBy = by
    (reason, startedAt, finishedAt, cancellation) = (nil, nil, nil, nil)
    for index in jobs.indices where !(onlyFailed && jobs[index].state == .succeeded) {
      jobs[index].beginAgain(at: now)
      firstAttempts[jobs[index].id] = jobs[index].attempt
    }
    for index in assets.indices where !(onlyFailed && assets[index].state == .succeeded) {
      assets[index] = ReleaseAsset(name: assets[index].name, state: .queued)
    }
    if needsApproval { waitForApproval() }
    return [statusEffect] + settle(at: now)
  }
}
