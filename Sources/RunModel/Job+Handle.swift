extension Job {
  mutating func waitForApproval() {
    state = .waiting
  }

  mutating func approved(at now: Instant) {
    guard state == .waiting else { return }
    state = .queued
    queuedAt = now
  }

  mutating func admitted(at now: Instant) -> [Effect] {
    guard isWaitingForSlot else { return [] }
    admittedAt = now
    return [.dispatch(job: id, attempt: attempt)]
  }

  mutating func dispatched(_ handle: String, at now: Instant) -> [Effect] {
    guard dispatchHandle == nil else { return [] }
    dispatchHandle = handle
    dispatchedAt = now
    // The job may have ended, or its worker may even have connected, before the runner's answer came. A dispatch
    // that was under way when the job ended must not leave a worker behind.
    if state.isFinal { return [.stop(job: id, attempt: attempt, handle: handle)] }
    if state == .queued { state = .dispatched }
    return []
  }

  mutating func waits(_ reason: String) -> [Effect] {
    if state == .dispatched { waitingReason = reason }
    return []
  }

  mutating func connected(_ worker: WorkerIdentity, at now: Instant) -> [Effect] {
    guard isExpecting(worker) else { return [] }
    if state != .running {
      state = .running
      startedAt = now
      waitingReason = nil
    }
    self.worker = worker
    awaySince = nil
    return finishIfDone(at: now)
  }

  mutating func away(at now: Instant) -> [Effect] {
    if state == .running, awaySince == nil { awaySince = now }
    return []
  }

  /// Nobody has been connected, or could have been, until now.
  mutating func serverStarted(at now: Instant) {
    guard state == .dispatched || state == .running else { return }
    serverStartedAt = now
    if state == .running { awaySince = now }
  }

  mutating func stepStarted(_ index: Int, at now: Instant) -> [Effect] {
    guard command == .step(index), steps[index].state == .queued else { return [] }
    steps[index].state = .running
    steps[index].startedAt = now
    return []
  }

  mutating func stepFinished(_ index: Int, _ outcome: StepOutcome, at now: Instant) -> [Effect] {
    guard let command, command.step == index else { return [] }
    steps[index].end(outcome)
    steps[index].finishedAt = now
    // What was told to stop ended for that reason, whatever it says; unless it was done before it heard of it.
    if let stopping, stopping.step == index, steps[index].state != .succeeded {
      steps[index].state = stopping.state
      steps[index].reason = stopping.reason
    }
    if steps[index].state != .succeeded, steps[index].state != .skipped { skipWhatNeedsSuccess(after: index) }
    return finishIfDone(at: now)
  }

  mutating func outputStalled(_ index: Int, seconds: Int, _ limits: Limits, at now: Instant) -> [Effect] {
    guard command == .step(index), steps[index].state == .running else { return [] }
    return stop(
      .errored, reason: "step '\(steps[index].plan.name)' wrote nothing for \(seconds) s", limits, at: now)
  }

  mutating func cannotStop(at now: Instant) -> [Effect] {
    stopping.map { end($0.state, reason: $0.reason, at: now) } ?? []
  }

  /// Has the job stop: at once while it has no worker, else when the worker has ended what it does and collected what
  /// is always kept.
  mutating func stop(_ state: State, reason: String, _ limits: Limits, at now: Instant) -> [Effect] {
    guard !self.state.isFinal, stopping == nil else { return [] }
    guard self.state == .running else { return end(state, reason: reason, at: now) }
    let underWay = steps.firstIndex { $0.state == .running && $0.plan.condition == .success }
    stopping = Stop(
      state: state, reason: reason, requestedAt: now, graceSeconds: limits.graceSeconds, step: underWay)
    skipWhatNeedsSuccess(after: -1)
    return finishIfDone(at: now)
  }

  /// The worker did not come, or is gone: for another attempt if there is one left.
  ///
  /// - Parameter retriesUsed: by this attempt of the run.
  mutating func infrastructureFailed(
    _ reason: String, _ limits: Limits, retriesUsed: Int, at now: Instant
  ) -> [Effect] {
    guard !state.isFinal else { return [] }
    if let stopping { return end(stopping.state, reason: stopping.reason, at: now) }
    let effects = end(.errored, reason: reason, at: now)
    if retriesUsed < limits.infrastructureRetries { beginAgain(at: now) }
    return effects
  }

  /// Ends the job from outside: whatever its worker is doing, it is to stop.
  mutating func end(_ state: State, reason: String, at now: Instant) -> [Effect] {
    guard !self.state.isFinal else { return [] }
    for index in steps.indices where !steps[index].state.isFinal {
      guard steps[index].state == .running else {
        steps[index].state = .skipped
        continue
      }
      steps[index].state = state
      steps[index].reason = reason
      steps[index].finishedAt = now
    }
    self.state = state
    self.reason = reason
    finishedAt = now
    return dispatchHandle.map { [.stop(job: id, attempt: attempt, handle: $0)] } ?? []
  }

  /// The next attempt of a job that has ended; it waits for a slot like any other.
  mutating func beginAgain(at now: Instant) {
    earlierAttempts.append(
      JobAttempt(
        attempt: attempt, state: state, reason: reason, steps: steps, worker: worker, queuedAt: queuedAt,
        startedAt: startedAt, finishedAt: finishedAt))
    attempt += 1
    state = .queued
    steps = steps.map { Step(plan: $0.plan) }
    queuedAt = now
    (reason, dispatchHandle, worker, awaySince) = (nil, nil, nil, nil)
    (admittedAt, startedAt, finishedAt, waitingReason, stopping) = (nil, nil, nil, nil, nil)
    (dispatchedAt, serverStartedAt) = (nil, nil)
  }

  // MARK: Parts

  private mutating func skipWhatNeedsSuccess(after index: Int) {
    for later in steps.indices
    where later > index && steps[later].state == .queued && steps[later].plan.condition == .success {
      steps[later].state = .skipped
    }
  }

  /// The first process that came with the job's token is its worker; only that one may come back. Another one
  /// has none of the job's files, and would keep the lease of the real one from ending.
  private func isExpecting(_ newcomer: WorkerIdentity) -> Bool {
    switch state {
    case .queued, .dispatched: true
    case .running: worker == nil || worker?.instance == newcomer.instance
    case .waiting, .succeeded, .failed, .errored, .cancelled, .skipped: false
    }
  }

  /// The first step that did not succeed is the cause; what went wrong after it may well be its consequence.
  private mutating func finishIfDone(at now: Instant) -> [Effect] {
    guard state == .running, steps.allSatisfy({ $0.state.isFinal }) else { return [] }
    let cause = steps.first { $0.state == .errored || $0.state == .failed }
    state = stopping?.state ?? cause?.state ?? .succeeded
    reason = stopping?.reason ?? cause.map { $0.failureText }
    finishedAt = now
    // A worker that is there is told to go. One that is away may never hear of it.
    guard awaySince != nil, let dispatchHandle else { return [] }
    return [.stop(job: id, attempt: attempt, handle: dispatchHandle)]
  }
}

extension Job.Command {
  /// The step that the command is about.
  package var step: Int? {
    switch self {
    case .step(let index), .stop(let index, _): index
    case .close: nil
    }
  }
}

extension Step {
  fileprivate mutating func end(_ outcome: StepOutcome) {
    switch outcome {
    case .exited(let code):
      exitCode = code
      state = code == 0 ? .succeeded : plan.stateOfFailure
    case .refused(let text):
      state = plan.isOptional ? .skipped : plan.stateOfFailure
      reason = text
    case .broke(let text):
      state = .errored
      reason = text
    }
  }

  /// For people: `mise run ci: exit code 1`.
  fileprivate var failureText: String {
    "\(plan.name): \(reason ?? exitCode.map { "exit code \($0)" } ?? state.rawValue)"
  }
}

extension StepPlan {
  /// Whose fault it is when the step fails or is refused: the clone is ours, the rest the user's.
  fileprivate var stateOfFailure: State {
    action == .clone ? .errored : .failed
  }
}
