extension Run {
  /// Takes in an event: the only way in which a run changes.
  ///
  /// An event that cannot be (of an earlier attempt, of a job that has ended, repeated) is the trace of a legitimate
  /// race or of an effect that was carried out twice: it changes nothing and has no effects. An event that names a
  /// job or a step that does not exist is dropped as well: it came from a peer.
  package mutating func handle(_ event: Event, at now: Instant) -> [Effect] {
    guard !state.isFinal else { return effectsAfterTheEnd(of: event) }
    switch event {
    case .dispatched(let job, let attempt, let handle):
      let effects = change(job, attempt) { $0.dispatched(handle) }
      if state == .queued, jobs.contains(where: { $0.state == .dispatched }) { state = .dispatched }
      return effects
    case .dispatchFailed(let job, let attempt, let reason):
      return change(job, attempt) { $0.dispatchFailed(reason, at: now) } + settle(at: now)
    case .workerConnected(let job, let attempt, let worker):
      let effects = change(job, attempt) { $0.connected(worker, at: now) }
      return effects + startIfFirst(at: now) + settle(at: now)
    case .workerAway(let job, let attempt):
      return change(job, attempt) { $0.away(at: now) }
    case .workerLost(let job, let attempt, let reason):
      return change(job, attempt) { $0.end(.errored, reason: reason, at: now) } + settle(at: now)
    case .stepStarted(let job, let attempt, let step):
      return change(job, attempt) { $0.stepStarted(step, at: now) }
    case .stepFinished(let job, let attempt, let step, let outcome):
      return change(job, attempt) { $0.stepFinished(step, outcome, at: now) } + settle(at: now)
    case .assetUploaded(let name):
      return finishAsset(name, .succeeded, reason: nil) + settle(at: now)
    case .assetFailed(let name, let reason):
      return finishAsset(name, .errored, reason: reason) + settle(at: now)
    case .cancelRequested(let by):
      return cancel(by: by, at: now)
    case .deadlineReached:
      return endWhatIsLate(at: now) + settle(at: now)
    }
  }

  /// The next moment at which time itself changes something; tell it with `deadlineReached`.
  package var deadline: Instant? {
    guard !state.isFinal else { return nil }
    return jobs.compactMap { $0.lateness(plan.limits)?.deadline }.min()
  }

  /// For a run that has just been made.
  mutating func endWithoutJobs(at now: Instant) -> [Effect] {
    finish(.errored, reason: "there is nothing to run", at: now)
  }

  // MARK: Parts

  private mutating func change(_ id: String, _ attempt: Int, _ body: (inout Job) -> [Effect]) -> [Effect] {
    guard let index = jobs.firstIndex(where: { $0.id == id && $0.attempt == attempt }) else { return [] }
    return body(&jobs[index])
  }

  private mutating func startIfFirst(at now: Instant) -> [Effect] {
    guard startedAt == nil, jobs.contains(where: { $0.startedAt != nil }) else { return [] }
    state = .running
    startedAt = now
    return [statusEffect]
  }

  /// When the last job has ended: release assets, if all is well; then the run's own end and, last, its status.
  private mutating func settle(at now: Instant) -> [Effect] {
    guard !state.isFinal, jobs.allSatisfy({ $0.state.isFinal }) else { return [] }
    let worst =
      jobs.first { $0.state == .errored } ?? jobs.first { $0.state == .cancelled }
      ?? jobs.first { $0.state == .failed }
    if let worst { return finish(worst.state, reason: worst.reason, at: now) }
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
    for index in assets.indices where !assets[index].state.isFinal {
      assets[index].state = assets[index].state == .running ? .cancelled : .skipped
    }
    return [statusEffect]
  }

  /// Whatever became of its jobs so far, and also while it is publishing: a run that somebody cancelled is cancelled,
  /// and says by whom.
  private mutating func cancel(by: String, at now: Instant) -> [Effect] {
    let reason = "cancelled by \(by)"
    var effects: [Effect] = []
    for index in jobs.indices {
      effects += jobs[index].end(.cancelled, reason: reason, at: now)
    }
    return effects + finish(.cancelled, reason: reason, at: now)
  }

  private mutating func endWhatIsLate(at now: Instant) -> [Effect] {
    var effects: [Effect] = []
    for index in jobs.indices {
      guard let late = jobs[index].lateness(plan.limits), late.deadline <= now else { continue }
      effects += jobs[index].end(.errored, reason: late.reason, at: now)
    }
    return effects
  }

  /// What has ended stays as it is; only a dispatch that was under way at the end is still to be undone.
  private mutating func effectsAfterTheEnd(of event: Event) -> [Effect] {
    guard case .dispatched(let job, let attempt, let handle) = event else { return [] }
    return change(job, attempt) { $0.dispatched(handle) }
  }
}
