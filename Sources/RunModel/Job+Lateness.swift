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
    case .queued, .dispatched: dispatchLateness(limits)
    case .running:
      ([awayLateness(limits)] + (stopping.map { [stuckLateness($0)] } ?? limitLateness(limits)))
        .compactMap { $0 }.min { $0.deadline < $1.deadline }
    case .waiting, .succeeded, .failed, .errored, .cancelled, .skipped: nil
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

  /// A job that waits for a slot may wait as long as it takes.
  private func dispatchLateness(_ limits: Limits) -> Lateness? {
    // An earlier version admitted a job when it was made.
    guard let since = admittedAt ?? (state == .dispatched ? queuedAt : nil) else { return nil }
    let seconds = limits.dispatchSeconds
    let reason =
      state == .queued
      ? "the runner did not take the job within \(seconds) s"
      : "no worker connected within \(seconds) s" + (waitingReason.map { ": \($0)" } ?? "")
    return Lateness(deadline: since.adding(seconds: seconds), kind: .infrastructure, reason: reason)
  }

  private func awayLateness(_ limits: Limits) -> Lateness? {
    awaySince.map {
      Lateness(
        deadline: $0.adding(seconds: limits.leaseSeconds), kind: .infrastructure,
        reason: "the worker was lost: it did not come back within \(limits.leaseSeconds) s")
    }
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
      deadline: stop.requestedAt.adding(seconds: stop.graceSeconds).adding(seconds: Limits.stopMarginSeconds)
        .adding(seconds: afterwards),
      kind: .stuck, reason: stop.reason)
  }
}
