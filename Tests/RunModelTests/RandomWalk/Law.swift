import RunModel

/// What must hold after each event, whatever happened.
struct Law {
  /// The first thing that did not.
  private(set) var breach: String?
  private var effects: [Effect]
  /// Jobs that ended otherwise than by their own last step.
  private var endedFromOutside: Set<String> = []

  init(created effects: [Effect]) {
    self.effects = effects
  }

  mutating func expect(_ holds: Bool, _ text: @autoclosure () -> String) {
    if !holds, breach == nil { breach = text() }
  }

  mutating func check(_ event: Event, before: Run, after: Run, effects new: [Effect]) {
    if case .dispatched(let job, 1, _) = event {
      expect(after.job(job)?.dispatchHandle != nil, "nobody can stop what \(job) was given")
    }
    guard before != after || !new.isEmpty else { return }
    for effect in new {
      expect(effect.statusReport != nil || !effects.contains(effect), "\(effect) was asked for twice")
      effects.append(effect)
    }
    for (old, job) in zip(before.jobs, after.jobs) where !old.state.isFinal && job.state.isFinal {
      if event.endsFromOutside, job.stopping == nil { endedFromOutside.insert(job.id) }
    }
    checkThatTheEndStays(before, after)
    checkStatuses(after, new)
    checkSteps(after)
    checkEffects(after)
    checkGreen(after)
  }

  private mutating func checkThatTheEndStays(_ before: Run, _ after: Run) {
    if before.state.isFinal {
      expect(
        before.state == after.state && before.reason == after.reason && before.finishedAt == after.finishedAt
          && before.assets == after.assets, "a run that had ended changed")
    }
    for (old, job) in zip(before.jobs, after.jobs) {
      if old.state.isFinal {
        expect(
          old.state == job.state && old.reason == job.reason && old.steps == job.steps,
          "\(job.id) had ended and changed")
      }
      for (oldStep, step) in zip(old.steps, job.steps) where oldStep.state.isFinal {
        expect(oldStep == step, "a step of \(job.id) had ended and changed")
      }
    }
    expect(
      !after.state.isFinal
        || (after.jobs.allSatisfy { $0.state.isFinal } && after.assets.allSatisfy { $0.state.isFinal }),
      "the run ended before all of it had")
  }

  private mutating func checkStatuses(_ run: Run, _ new: [Effect]) {
    let ends = effects.filter { $0.statusReport.map { $0.state != .pending } ?? false }
    expect(
      ends.count == (run.state.isFinal ? 1 : 0), "\(ends.count) final statuses of a run that is \(run.state)")
    guard run.state.isFinal, let end = ends.first?.statusReport else { return }
    let after = effects.drop { $0.statusReport != end }.dropFirst()
    expect(after.allSatisfy(\.isStop), "\(Array(after)) after the final status")
    let states: [State: StatusReport.State] = [
      .succeeded: .success, .failed: .failure, .errored: .error, .cancelled: .error,
    ]
    expect(states[run.state] == end.state, "\(end.state) for a run that \(run.state)")
  }

  /// One after the other, and none after its job has ended.
  private mutating func checkSteps(_ run: Run) {
    for job in run.jobs {
      let firstOpen = job.steps.firstIndex { !$0.state.isFinal } ?? job.steps.count
      let isOrdered = job.steps.indices.allSatisfy { index in
        let step = job.steps[index]
        return index <= firstOpen || step.state == .queued || step.state == .skipped
      }
      expect(isOrdered, "steps of \(job.id) out of order")
      expect(!job.state.isFinal || firstOpen == job.steps.count, "\(job.id) ended with a step that goes on")
      expect(
        (job.state == .running) == (job.command?.step != nil), "\(job.id) without a command")
    }
  }

  private mutating func checkEffects(_ run: Run) {
    for job in run.jobs {
      let isStopped = effects.contains { $0.stops(job) }
      if endedFromOutside.contains(job.id), job.dispatchHandle != nil {
        expect(isStopped, "\(job.id) was ended and not stopped")
      }
      expect(!isStopped || job.state.isFinal, "\(job.id) was stopped and goes on")
    }
    let isUploading = effects.contains(where: \.isUpload)
    expect(
      !isUploading || run.jobs.allSatisfy { $0.state == .succeeded }, "an upload before every job succeeded")
  }

  private mutating func checkGreen(_ run: Run) {
    let steps = run.jobs.flatMap(\.steps)
    let isWhole =
      run.jobs.allSatisfy { $0.state == .succeeded } && steps.allSatisfy { $0.state == .succeeded }
      && run.assets.allSatisfy { $0.state == .succeeded }
    expect(run.state != .succeeded || isWhole, "green, and not all of it is there")
  }
}

extension Event {
  fileprivate var endsFromOutside: Bool {
    switch self {
    case .workerLost, .cancelRequested, .deadlineReached, .dispatchFailed: true
    default: false
    }
  }
}

extension Effect {
  fileprivate var isStop: Bool {
    if case .stop = self { true } else { false }
  }

  fileprivate func stops(_ job: Job) -> Bool {
    self == .stop(job: job.id, attempt: job.attempt, handle: job.dispatchHandle ?? "")
  }
}
