import RunModel

/// Where a run of a tag can be; it has one job (clone, task) and one release asset.
enum Stage: String, CaseIterable {
  case queued, dispatched, running, away, publishing, succeeded, failed, errored
  /// Its task is under way; and was told to stop.
  case working, stopping
  /// Before the runner answered.
  case cancelled

  static let limits = Limits(dispatchSeconds: 300, jobSeconds: 3_600, leaseSeconds: 60)

  /// The clone is done in `running` and those after it, and no step is under way; `away` is so since 20 s after the start.
  var run: Run {
    var course = Course(source: .ofTag, assets: ["app"], limits: Self.limits)
    if self == .queued { return course.run }
    if self == .cancelled {
      course.send(.cancelRequested(by: "ann"))
      return course.run
    }
    course.dispatched()
    if self == .dispatched { return course.run }
    course.connected()
    course.step(0, .exited(code: 0))
    switch self {
    case .away: course.send(.workerAway(job: "j1", attempt: 1), at: at(20))
    case .publishing, .succeeded: course.step(1, .exited(code: 0))
    case .failed: course.step(1, .exited(code: 1))
    case .working: course.send(.stepStarted(job: "j1", attempt: 1, step: 1), at: at(20))
    case .stopping:
      course.send(.stepStarted(job: "j1", attempt: 1, step: 1), at: at(20))
      course.send(.cancelRequested(by: "ann"), at: at(25))
    case .errored: course.send(.workerLost(job: "j1", attempt: 1, reason: "out of memory"))
    case .queued, .dispatched, .running, .cancelled: break
    }
    if self == .succeeded { course.send(.assetUploaded(name: "app")) }
    return course.run
  }
}

/// Each thing that can happen to such a run.
enum Happening: String, CaseIterable {
  case dispatched, dispatchFailed, connected, strangerConnected, away, lost
  case taskStarted, taskFinished, cloneFinished
  case waits, taskFailed, stalled, cannotStop
  case uploaded, uploadFailed, cancel, superseded, tooEarly, tooLate

  func event(job: String = "j1", attempt: Int = 1) -> Event {
    switch self {
    case .dispatched: .dispatched(job: job, attempt: attempt, handle: "h1")
    case .dispatchFailed: .dispatchFailed(job: job, attempt: attempt, reason: "no capacity")
    case .connected: .workerConnected(job: job, attempt: attempt, worker: worker)
    case .strangerConnected: .workerConnected(job: job, attempt: attempt, worker: stranger)
    case .away: .workerAway(job: job, attempt: attempt)
    case .lost: .workerLost(job: job, attempt: attempt, reason: "out of memory")
    case .taskStarted: .stepStarted(job: job, attempt: attempt, step: 1)
    case .taskFinished: .stepFinished(job: job, attempt: attempt, step: 1, outcome: .exited(code: 0))
    case .cloneFinished: .stepFinished(job: job, attempt: attempt, step: 0, outcome: .exited(code: 1))
    case .waits: .runnerWaits(job: job, attempt: attempt, reason: "no machine is free")
    case .taskFailed: .stepFinished(job: job, attempt: attempt, step: 1, outcome: .exited(code: 143))
    case .stalled: .outputStalled(job: job, attempt: attempt, step: 1, seconds: 9)
    case .cannotStop: .cannotStop(job: job, attempt: attempt)
    case .superseded: .superseded(by: "run #2")
    case .uploaded: .assetUploaded(name: "app")
    case .uploadFailed: .assetFailed(name: "app", reason: "no release")
    case .cancel: .cancelRequested(by: "bob")
    case .tooEarly, .tooLate: .deadlineReached
    }
  }

  var time: Instant { self == .tooLate ? at(1_000_000) : at(30) }

  /// Whether it names a job.
  var isOfJob: Bool {
    switch self {
    case .uploaded, .uploadFailed, .cancel, .superseded, .tooEarly, .tooLate: false
    default: true
    }
  }
}
