extension ConfigurationReader {
  /// The most that a size may be: what a file can have.
  private static let maximumBytes = 1 << 50
  /// A worker that keeps less than this would stop its commands at every word.
  private static let minimumSpoolMemoryBytes = 65_536
  private static let maximumJobs = 1_000_000
  private static let maximumRetries = 100

  mutating func limits() -> MatrizConfiguration.Limits {
    var limits = MatrizConfiguration.Limits()
    limits.jobSeconds = seconds("limits.job_seconds") ?? limits.jobSeconds
    limits.stepSeconds = seconds("limits.step_seconds")
    limits.runSeconds = seconds("limits.run_seconds")
    limits.idleOutputSeconds = seconds("limits.idle_output_seconds")
    limits.dispatchSeconds = seconds("limits.dispatch_seconds") ?? limits.dispatchSeconds
    limits.graceSeconds = seconds("limits.grace_seconds") ?? limits.graceSeconds
    limits.pingSeconds = seconds("limits.ping_seconds") ?? limits.pingSeconds
    limits.leaseSeconds = seconds("limits.lease_seconds") ?? limits.leaseSeconds
    limits.logBytes = number("limits.log_bytes", 1...Self.maximumBytes, of: "bytes") ?? limits.logBytes
    limits.spoolMemoryBytes =
      number("limits.spool_memory_bytes", Self.minimumSpoolMemoryBytes...Self.maximumBytes, of: "bytes")
      ?? limits.spoolMemoryBytes
    limits.spoolFileBytes =
      number("limits.spool_file_bytes", 0...Self.maximumBytes, of: "bytes") ?? limits.spoolFileBytes
    limits.concurrentJobs = number("limits.concurrent_jobs", 1...Self.maximumJobs, of: "jobs")
    limits.concurrentJobsPerRepository = number(
      "limits.concurrent_jobs_per_repository", 1...Self.maximumJobs, of: "jobs")
    limits.supersede = choice("limits.supersede", default: limits.supersede)
    limits.infrastructureRetries =
      number("limits.retries.infrastructure", 0...Self.maximumRetries, of: "tries")
      ?? limits.infrastructureRetries
    return limits
  }
}
