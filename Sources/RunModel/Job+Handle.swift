extension Job {
  /// Why a job that goes on as it is would be too late, and from when.
  struct Lateness {
    let deadline: Instant
    let reason: String
  }

  mutating func dispatched(_ handle: String) -> [Effect] {
    guard dispatchHandle == nil else { return [] }
    dispatchHandle = handle
    // The job may have ended, or its worker may even have connected, before the runner's answer came. A dispatch
    // that was under way when the job ended must not leave a worker behind.
    if state.isFinal { return [.stop(job: id, attempt: attempt, handle: handle)] }
    if state == .queued { state = .dispatched }
    return []
  }

  mutating func dispatchFailed(_ reason: String, at now: Instant) -> [Effect] {
    guard state == .queued else { return [] }
    return end(.errored, reason: reason, at: now)
  }

  mutating func connected(_ worker: WorkerIdentity, at now: Instant) -> [Effect] {
    guard isExpecting(worker) else { return [] }
    if state != .running {
      state = .running
      startedAt = now
    }
    self.worker = worker
    awaySince = nil
    finishIfDone(at: now)
    return []
  }

  mutating func away(at now: Instant) -> [Effect] {
    if state == .running, awaySince == nil { awaySince = now }
    return []
  }

  mutating func stepStarted(_ index: Int, at now: Instant) -> [Effect] {
    guard command == .step(index), steps[index].state == .queued else { return [] }
    steps[index].state = .running
    steps[index].startedAt = now
    return []
  }

  mutating func stepFinished(_ index: Int, _ outcome: StepOutcome, at now: Instant) -> [Effect] {
    guard command == .step(index) else { return [] }
    let plan = steps[index].plan
    switch outcome {
    case .exited(let code):
      steps[index].exitCode = code
      steps[index].state = code == 0 ? .succeeded : plan.stateOfFailure
    case .refused(let reason):
      steps[index].state = plan.stateOfFailure
      steps[index].reason = reason
    case .broke(let reason):
      steps[index].state = .errored
      steps[index].reason = reason
    }
    steps[index].finishedAt = now
    if steps[index].state != .succeeded { skipWhatNeedsSuccess(after: index) }
    finishIfDone(at: now)
    return []
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

  /// When the job will be too late next, and why; `nil` when it waits for nothing that time could bring.
  func lateness(_ limits: Limits) -> Lateness? {
    switch state {
    case .queued, .dispatched:
      return Lateness(
        deadline: queuedAt.adding(seconds: limits.dispatchSeconds),
        reason: state == .queued
          ? "the runner did not take the job within \(limits.dispatchSeconds) s"
          : "no worker connected within \(limits.dispatchSeconds) s")
    case .running: return runningLateness(limits)
    default: return nil
    }
  }

  // MARK: Parts

  private func runningLateness(_ limits: Limits) -> Lateness? {
    var candidates: [Lateness] = []
    if let startedAt {
      candidates.append(
        Lateness(
          deadline: startedAt.adding(seconds: limits.jobSeconds),
          reason: "the job took longer than \(limits.jobSeconds) s"))
    }
    if let awaySince {
      candidates.append(
        Lateness(
          deadline: awaySince.adding(seconds: limits.leaseSeconds),
          reason: "the worker was lost: it did not come back within \(limits.leaseSeconds) s"))
    }
    if let seconds = limits.stepSeconds, let step = steps.first(where: { $0.state == .running }),
      let startedAt = step.startedAt
    {
      candidates.append(
        Lateness(
          deadline: startedAt.adding(seconds: seconds),
          reason: "step '\(step.plan.name)' took longer than \(seconds) s"))
    }
    return candidates.min { $0.deadline < $1.deadline }
  }

  private mutating func skipWhatNeedsSuccess(after index: Int) {
    for later in steps.indices where later > index && steps[later].plan.condition == .success {
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

  private mutating func finishIfDone(at now: Instant) {
    guard steps.allSatisfy({ $0.state.isFinal }) else { return }
    let worst = steps.first { $0.state == .errored } ?? steps.first { $0.state == .failed }
    state = worst?.state ?? .succeeded
    reason = worst.map { $0.failureText }
    finishedAt = now
  }
}

extension StepPlan {
  /// Whose fault it is when the step fails or is refused: the clone is ours, the rest the user's.
  fileprivate var stateOfFailure: State {
    action == .clone ? .errored : .failed
  }
}

extension Step {
  /// For people: `mise run ci: exit code 1`.
  fileprivate var failureText: String {
    "\(plan.name): \(reason ?? exitCode.map { "exit code \($0)" } ?? state.rawValue)"
  }
}
