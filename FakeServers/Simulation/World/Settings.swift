import RunModel

/// How this world's matriz is set up; a seed decides it.
struct Settings {
  let limits: Limits
  let concurrency: ConcurrencyLimits
  let releaseWaitSeconds: Int
  let reports: Reports

  init(_ random: inout SeededGenerator) {
    limits = Limits(
      dispatchSeconds: 120, jobSeconds: 600, stepSeconds: random.pick([nil, 90, 200]) ?? nil,
      runSeconds: random.pick([nil, nil, 900]) ?? nil,
      idleOutputSeconds: random.pick([nil, 60]) ?? nil, graceSeconds: 10, leaseSeconds: 45,
      infrastructureRetries: random.below(3))
    concurrency = ConcurrencyLimits(
      total: random.pick([nil, 1, 2, 3]) ?? nil, perRepository: random.pick([nil, nil, 1, 2]) ?? nil)
    releaseWaitSeconds = 300
    reports = Reports(
      jobStatuses: random.happens(perMille: 500), checks: random.happens(perMille: 700))
  }
}

/// The number that a step's command has between worker and matriz.
enum CommandNumber {
  static func of(step index: Int) -> UInt64 { UInt64(index + 1) * 16 }
}
