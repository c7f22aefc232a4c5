/// What a run is to do, fixed when it is made: a later change of the configuration does not touch it.
package struct Plan: Hashable, Codable, Sendable {
  package var jobs: [JobPlan]
  /// What goes to the release of the pushed tag once every job has succeeded; names of artifacts.
  package var releaseAssets: [String]
  package var limits: Limits
  @EmptyWhenAbsent package var reports: Reports

  package init(
    jobs: [JobPlan], releaseAssets: [String] = [], limits: Limits = Limits(), reports: Reports = Reports()
  ) {
    self.jobs = jobs
    self.releaseAssets = releaseAssets
    self.limits = limits
    self.reports = reports
  }
}

/// What the forge is told beside the run's status, which it always is.
package struct Reports: HasEmptyValue, Sendable {
  /// A status for each job.
  @EmptyWhenAbsent package var jobStatuses: Bool
  /// A check with details, one for each attempt of the run.
  @EmptyWhenAbsent package var checks: Bool

  package init() {}

  package init(jobStatuses: Bool = false, checks: Bool = false) {
    self.jobStatuses = jobStatuses
    self.checks = checks
  }
}

/// One job of a plan.
package struct JobPlan: Hashable, Codable, Sendable {
  package var name: String
  /// The container image; the runner's own default when `nil`.
  package var image: String?
  package var steps: [StepPlan]

  package init(name: String, image: String? = nil, steps: [StepPlan]) {
    self.name = name
    self.image = image
    self.steps = steps
  }
}

/// One step of a job: a single command to the worker.
package struct StepPlan: Hashable, Codable, Sendable {
  package enum Action: Hashable, Codable, Sendable {
    /// Fetch the repository at the run's commit.
    case clone
    /// Run a program in the checked-out tree.
    case run(command: String, arguments: [String])
    /// Fetch a file of the checked-out tree into the artifact store.
    case collect(path: String, artifact: String, type: String?)
  }

  /// When a step is done, after another one has failed.
  package enum Condition: String, Codable, Sendable {
    case success, always
  }

  /// For people: `mise run ci`.
  package var name: String
  package var action: Action
  package var condition: Condition
  /// It may be refused, because its file is not there: then it is skipped, and the job no worse for it.
  @EmptyWhenAbsent package var isOptional: Bool

  package init(name: String, action: Action, condition: Condition = .success, isOptional: Bool = false) {
    self.name = name
    self.action = action
    self.condition = condition
    self.isOptional = isOptional
  }
}
