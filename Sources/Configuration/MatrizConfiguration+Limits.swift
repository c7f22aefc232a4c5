extension MatrizConfiguration {
  /// Section `limits`. Times are positive whole seconds, sizes bytes.
  package struct Limits: Sendable {
    /// Which older runs a newer one makes pointless.
    package enum Supersede: String, Sendable, CaseIterable {
      case off
      /// Those of the same pull request.
      case pullRequest = "pull_request"
      /// Those of the same pull request, and pushes to the same branch. Never those of tags.
      case branch
    }

    /// The longest that a job may take, from its worker's first word.
    package var jobSeconds = 3_600
    /// The longest that one step may take; `nil` leaves it to the job's limit.
    package var stepSeconds: Int?
    /// The longest that a run may take, from its first worker's first word.
    package var runSeconds: Int?
    /// The longest that a command may go without writing anything.
    package var idleOutputSeconds: Int?
    /// How long a dispatched worker may take to connect.
    package var dispatchSeconds = 300
    /// Between TERM and KILL for a command that has to stop.
    package var graceSeconds = 10
    /// Between two pings on a worker's connection.
    package var pingSeconds = 10
    /// How long a worker that is not connected keeps its job.
    package var leaseSeconds = 60
    /// What is kept of one attempt's log.
    package var logBytes = 1_073_741_824
    /// What a worker keeps of output that is not acknowledged, in memory and after that in a file.
    package var spoolMemoryBytes = 8_388_608
    package var spoolFileBytes = 268_435_456
    /// How many jobs may be with the runner at once, in all and of one repository.
    package var concurrentJobs: Int?
    package var concurrentJobsPerRepository: Int?
    package var supersede = Supersede.off
    /// How often a job whose worker did not come or was lost is dispatched again: `retries.infrastructure`.
    package var infrastructureRetries = 0

    package init() {}
  }
}
