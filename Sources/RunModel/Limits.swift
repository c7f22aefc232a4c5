/// How long things may take, in seconds, and how often they are tried.
package struct Limits: Hashable, Sendable {
  /// A command that was told to stop is taken for stuck when it has not ended this long after its grace period.
  package static let stopMarginSeconds = 30
  /// What is done after a stop (collecting artifacts that are always kept) may take this long.
  package static let wrapUpSeconds = 300

  /// From the first refusal of a runner that is there until it takes the job, and from then until the worker has
  /// connected.
  package var dispatchSeconds: Int
  /// From the worker's first connection to the end of the job.
  package var jobSeconds: Int
  package var stepSeconds: Int?
  /// From the first worker's connection to the end of the last job.
  package var runSeconds: Int?
  /// How long a command may go without writing anything.
  package var idleOutputSeconds: Int?
  /// Between TERM and KILL for a command that has to stop.
  package var graceSeconds: Int
  /// A worker that is away comes back within this, or is lost.
  package var leaseSeconds: Int
  /// How often a job is dispatched again, as a new attempt, because its worker did not come or was lost.
  package var infrastructureRetries: Int
  /// The bytes of an attempt's log that are kept.
  package var logBytes: Int

  package init(
    dispatchSeconds: Int = 300, jobSeconds: Int = 3_600, stepSeconds: Int? = nil, runSeconds: Int? = nil,
    idleOutputSeconds: Int? = nil, graceSeconds: Int = 10, leaseSeconds: Int = 60,
    infrastructureRetries: Int = 0, logBytes: Int = 1_073_741_824
  ) {
    self.dispatchSeconds = dispatchSeconds
    self.jobSeconds = jobSeconds
    self.stepSeconds = stepSeconds
    self.runSeconds = runSeconds
    self.idleOutputSeconds = idleOutputSeconds
    self.graceSeconds = graceSeconds
    self.leaseSeconds = leaseSeconds
    self.infrastructureRetries = infrastructureRetries
    self.logBytes = logBytes
  }
}

extension Limits: Codable {
  private enum CodingKeys: CodingKey {
    case dispatchSeconds, jobSeconds, stepSeconds, runSeconds, idleOutputSeconds, graceSeconds, leaseSeconds
    case infrastructureRetries, logBytes
  }

  /// Runs that an earlier version stored lack some of the limits: those have their default.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let defaults = Limits()
    func value(_ key: CodingKeys, _ otherwise: Int) throws -> Int {
      try values.decodeIfPresent(Int.self, forKey: key) ?? otherwise
    }
    self.init(
      dispatchSeconds: try value(.dispatchSeconds, defaults.dispatchSeconds),
      jobSeconds: try value(.jobSeconds, defaults.jobSeconds),
      stepSeconds: try values.decodeIfPresent(Int.self, forKey: .stepSeconds),
      runSeconds: try values.decodeIfPresent(Int.self, forKey: .runSeconds),
      idleOutputSeconds: try values.decodeIfPresent(Int.self, forKey: .idleOutputSeconds),
      graceSeconds: try value(.graceSeconds, defaults.graceSeconds),
      leaseSeconds: try value(.leaseSeconds, defaults.leaseSeconds),
      infrastructureRetries: try value(.infrastructureRetries, defaults.infrastructureRetries),
      logBytes: try value(.logBytes, defaults.logBytes))
  }
}
