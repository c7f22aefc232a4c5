/// One job of a run: its state, its steps, and the worker that carries them out.
package struct Job: Hashable, Codable, Sendable {
  package let id: String
  package let name: String
  package let image: String?
  /// Counts from 1, over re-runs too; a job that is dispatched again for infrastructure gets the next number. Log,
  /// token and dispatch belong to one attempt.
  package internal(set) var attempt: Int
  package internal(set) var state: State
  /// Why it ended as it did, for people; `nil` while it has not, or when there is nothing to add.
  package internal(set) var reason: String?
  package internal(set) var steps: [Step]
  /// The runner's name for what it was given.
  package internal(set) var dispatchHandle: String?
  package internal(set) var worker: WorkerIdentity?
  /// Since when the worker is away; it may come back.
  package internal(set) var awaySince: Instant?
  package internal(set) var queuedAt: Instant
  /// When it got its slot; `nil` while it waits for one.
  package internal(set) var admittedAt: Instant?
  /// When the runner took it.
  package internal(set) var dispatchedAt: Instant?
  package internal(set) var startedAt: Instant?
  package internal(set) var finishedAt: Instant?
  /// When the server started last, if that was in this attempt: it was away before.
  var serverStartedAt: Instant?
  /// Why its worker is not there yet, by the runner's word.
  package internal(set) var waitingReason: String?
  /// It is to stop, and how it will have ended then.
  package internal(set) var stopping: Stop?
  /// The attempts before this one, oldest first.
  @EmptyWhenAbsent package internal(set) var earlierAttempts: [JobAttempt]

  init(id: String, plan: JobPlan, at now: Instant) {
    self.id = id
    name = plan.name
    image = plan.image
    attempt = 1
    state = .queued
    steps = plan.steps.map(Step.init)
    queuedAt = now
  }

  /// A job that runs and has to stop before it is done: the command under way is ended, the steps that are done
  /// always follow, and then it ends.
  package struct Stop: Hashable, Codable, Sendable {
    /// `cancelled` or `errored`.
    package let state: State
    package let reason: String
    package let requestedAt: Instant
    /// Between TERM and KILL.
    package let graceSeconds: Int
    /// The step whose command is ended; `nil` when none was under way, or one that is done always.
    package let step: Int?
  }

  /// What the worker is to do now. It is a pure consequence of the state, so whoever talks to the worker, in
  /// this process or in the one after a crash, finds the same.
  package enum Command: Hashable, Sendable {
    /// Carry out the step with this index.
    case step(Int)
    /// End what it does for this step: TERM, and KILL after the grace period. The step ends as it does otherwise.
    case stop(step: Int, graceSeconds: Int)
    /// Go: the job is over.
    case close
  }

  /// `nil` while no worker is expected.
  package var command: Command? {
    switch state {
    case .running:
      guard let next = steps.firstIndex(where: { !$0.state.isFinal }) else { return .close }
      guard let stopping, stopping.step == next else { return .step(next) }
      return .stop(step: next, graceSeconds: stopping.graceSeconds)
    case .succeeded, .failed, .errored, .cancelled: return .close
    case .waiting, .queued, .dispatched, .skipped: return nil
    }
  }

  /// It could be dispatched, were there room.
  package var isWaitingForSlot: Bool { state == .queued && admittedAt == nil }

  /// It counts against the limits of how many jobs there may be at once.
  package var holdsSlot: Bool { admittedAt != nil && !state.isFinal }
}

/// One step of a job.
package struct Step: Hashable, Codable, Sendable {
  package let plan: StepPlan
  /// `queued`, `running`, or one of the final states.
  package internal(set) var state: State
  package internal(set) var exitCode: Int?
  /// Why it failed, when an exit code does not say it.
  package internal(set) var reason: String?
  package internal(set) var startedAt: Instant?
  package internal(set) var finishedAt: Instant?

  package init(plan: StepPlan) {
    self.plan = plan
    state = .queued
  }
}

/// Who the worker says it is.
package struct WorkerIdentity: Hashable, Codable, Sendable {
  /// Random, made by the process: tells a reconnect from another process with the same token.
  package var instance: String
  package var hostname: String
  package var system: String
  package var architecture: String
  package var version: String
  /// The folder that it works in, as its machine names it; `nil` where it did not say.
  package var workspace: String?

  package init(
    instance: String, hostname: String, system: String, architecture: String, version: String,
    workspace: String? = nil
  ) {
    self.instance = instance
    self.hostname = hostname
    self.system = system
    self.architecture = architecture
    self.version = version
    self.workspace = workspace
  }
}
