/// One job of a run: its state, its steps, and the worker that carries them out.
package struct Job: Hashable, Codable, Sendable {
  package let id: String
  package let name: String
  package let image: String?
  /// Counts from 1; a job that is dispatched again for infrastructure gets the next number.
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
  package internal(set) var startedAt: Instant?
  package internal(set) var finishedAt: Instant?

  init(id: String, plan: JobPlan, at now: Instant) {
    self.id = id
    name = plan.name
    image = plan.image
    attempt = 1
    state = .queued
    steps = plan.steps.map(Step.init)
    queuedAt = now
  }

  /// What the worker is to do now. It is a pure consequence of the state, so whoever talks to the worker, in
  /// this process or in the one after a crash, finds the same.
  package enum Command: Hashable, Sendable {
    /// Carry out the step with this index.
    case step(Int)
    /// Go: the job is over.
    case close
  }

  /// `nil` while no worker is expected.
  package var command: Command? {
    switch state {
    case .running:
      guard let next = steps.firstIndex(where: { !$0.state.isFinal }) else { return .close }
      return .step(next)
    case .succeeded, .failed, .errored, .cancelled: return .close
    case .waiting, .queued, .dispatched, .skipped: return nil
    }
  }
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

  package init(instance: String, hostname: String, system: String, architecture: String, version: String) {
    self.instance = instance
    self.hostname = hostname
    self.system = system
    self.architecture = architecture
    self.version = version
  }
}
