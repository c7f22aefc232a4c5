extension Job {
  /// What a job that goes on as it is will be too late for.
  struct Lateness {
    enum Kind {
      /// The worker did not come, or not back.
      case infrastructure
      /// The job has used up its time: it is to stop.
      case limit
      /// It does not stop.
      case stuck
    }

    let deadline: Instant
    let kind: Kind
    let reason: String
  }

  /// What time will bring next; `nil` when the job waits for nothing that time could bring.
  func lateness(_ limits: Limits) -> Lateness? {
    switch state {
    case .dispatched: dispatchLateness(limits)
    case .running:
      ([awayLateness(limits)] + (stopping.map { [stuckLateness($0)] } ?? limitLateness(limits)))
        .compactMap { $0 }.min { $0.deadline < $1.deadline }
    case .waiting, .queued, .succeeded, .failed, .errored, .cancelled, .skipped: nil
    }
  }

  /// Acts on what is late now.
  ///
  /// - Parameter retriesUsed: by this attempt of the run.
  mutating func deadlineReached(_ limits: Limits, retriesUsed: Int, at now: Instant) -> [Effect] {
    guard let late = lateness(limits), late.deadline <= now else { return [] }
    switch late.kind {
    case .infrastructure:
      return infrastructureFailed(late.reason, limits, retriesUsed: retriesUsed, at: now)
    case .limit: return stop(.errored, reason: late.reason, limits, at: now)
    case .stuck: return cannotStop(at: now)
    }
  }

  // MARK: Parts

  /// Until the runner has taken the job, time is the business of the effect, which tells of its end: a runner that is
  /// away is no fault of the job.
  private func dispatchLateness(_ limits: Limits) -> Lateness {
    // An earlier version did not note when the runner took it.
    let since = latest(dispatchedAt ?? admittedAt ?? queuedAt)
    let seconds = limits.dispatchSeconds
    return Lateness(
      deadline: since.adding(seconds: seconds), kind: .infrastructure,
      reason: "no worker connected within \(seconds) s" + (waitingReason.map { ": \($0)" } ?? ""))
  }

  private func awayLateness(_ limits: Limits) -> Lateness? {
    awaySince.map {
      Lateness(
        deadline: $0.adding(seconds: limits.leaseSeconds), kind: .infrastructure,
        reason: "the worker was lost: it did not come back within \(limits.leaseSeconds) s")
    }
  }

  /// The moment from which time counts for a worker that has to reach the server.
  private func latest(_ since: Instant) -> Instant {
    max(since, serverStartedAt ?? since)
  }

  private func limitLateness(_ limits: Limits) -> [Lateness] {
    var candidates: [Lateness] = []
    if let startedAt {
      candidates.append(
        Lateness(
          deadline: startedAt.adding(seconds: limits.jobSeconds), kind: .limit,
          reason: "the job took longer than \(limits.jobSeconds) s"))
    }
    if let seconds = limits.stepSeconds, let step = steps.first(where: { $0.state == .running }),
      let startedAt = step.startedAt
    {
      candidates.append(
        Lateness(
          deadline: startedAt.adding(seconds: seconds), kind: .limit,
          reason: "step '\(step.plan.name)' took longer than \(seconds) s"))
    }
    return candidates
  }

  /// First the command has to end, then what is done always has its time.
  private func stuckLateness(_ stop: Stop) -> Lateness {
    let isEnding = stop.step.map { !steps[$0].state.isFinal } ?? false
    let afterwards = isEnding ? 0 : Limits.wrapUpSeconds
    return Lateness(
      deadline: latest(stop.requestedAt).adding(seconds: stop.graceSeconds).adding(
        seconds: Limits.stopMarginSeconds
      )
      .adding(seconds: afterwards),
      kind: .stuck, reason: stop.reason)
  }
}
