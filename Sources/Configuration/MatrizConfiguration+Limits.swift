extension MatrizConfiguration {
  /// Section `limits`. All are positive whole seconds.
  package struct Limits: Sendable {
    /// The longest that a job may take, from its worker's first word.
    package var jobSeconds: Int
    /// The longest that one step may take; `nil` leaves it to the job's limit.
    package var stepSeconds: Int?
    /// How long a dispatched worker may take to connect.
    package var dispatchSeconds: Int
    /// Between two pings on a worker's connection.
    package var pingSeconds: Int
    /// How long a worker that is not connected keeps its job.
    package var leaseSeconds: Int

    package init(
      jobSeconds: Int = 3_600, stepSeconds: Int? = nil, dispatchSeconds: Int = 300,
      pingSeconds: Int = 10, leaseSeconds: Int = 60
    ) {
      self.jobSeconds = jobSeconds
      self.stepSeconds = stepSeconds
      self.dispatchSeconds = dispatchSeconds
      self.pingSeconds = pingSeconds
      self.leaseSeconds = leaseSeconds
    }
  }
}
