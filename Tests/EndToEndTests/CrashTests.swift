import Glibc
import HTTP
import Platform
import TestSupport
import Testing

/// The matriz dies, as by `kill -9`, at each point of a tag's run, and is started again on the same data and ports: the
/// run comes to its one end, and of what its task printed and made nothing is missing and nothing is there twice.
@Suite(.fewAtOnce) struct CrashTests {
  /// Points that a run comes to by itself, and how often it comes there before it dies.
  static let onTheWay: [String] = FaultPoint.allCases.filter { !elsewhere.contains($0) }.flatMap {
    point in
    switch point {
    // The first result is the clone's, the last one that of the file.
    case .resultReceived, .resultStored, .stepStarted, .commandSent:
      [1, 4, 5].map { "\(point.rawValue):\($0)" }
    case .logAppended, .logAcknowledged: [1, 6].map { "\(point.rawValue):\($0)" }
    default: [point.rawValue]
    }
  }

  private static let elsewhere: Set<FaultPoint> = [
    .stopping, .stoppingDrained, .startOpened, .startReconciled, .cancelStored, .stopBegun, .stopAnswered,
  ]

  @Test(arguments: onTheWay) func `Killed on the way, the run comes to its one end`(_ point: String)
    async throws
  {
    try await withTagRun { run in
      try await run.deployment.die(at: point) { _, _ in try await run.pushTag() }
      try await run.deployment.withMatriz { _, site in
        try await run.deliverAgainUnlessAnswered()
        try await run.expectItsOneEnd(at: site)
      }
    }
  }

  @Test(arguments: [FaultPoint.startOpened, .startReconciled])
  func `Killed while it starts with a run that is under way, it goes on with the next start`(
    _ point: FaultPoint
  ) async throws {
    try await withTagRun(waits: true) { run in
      try await run.deployment.withMatriz { _, _ in
        try await run.pushTag()
        try await run.gate.waitUntilReached()
      }
      try await run.deployment.die(at: point.rawValue)
      try await run.deployment.withMatriz { _, site in
        try await run.gate.pass()
        try await run.expectItsOneEnd(at: site)
      }
    }
  }

  @Test(arguments: [FaultPoint.stopping, .stoppingDrained])
  func `Killed while it stops, nothing is lost`(_ point: FaultPoint) async throws {
    try await withTagRun(waits: true) { run in
      try await run.deployment.die(at: point.rawValue) { program, _ in
        try await run.pushTag()
        try await run.gate.waitUntilReached()
        program.process.signal(SIGTERM)
      }
      try await run.gate.pass()
      try await run.deployment.withMatriz { _, site in try await run.expectItsOneEnd(at: site) }
    }
  }

  @Test func `Killed when a cancel was stored, the next matriz carries it out`() async throws {
    try await withTagRun(waits: true, limits: ["grace_seconds": 1]) { run in
      try await run.deployment.die(at: FaultPoint.cancelStored.rawValue) { _, site in
        try await run.pushTag()
        try await run.gate.waitUntilReached()
        // Nobody is there any more who could answer.
        _ = try? await site.cancel(try await run.pushed(at: site).run, by: "ann")
      }
      try await run.deployment.withMatriz { _, site in
        try await run.expectEnd("cancelled", at: site) { $0 == "cancelled by ann" }
        try await run.stage.waitUntilWorkersAreGone()
      }
    }
  }

  @Test(arguments: [FaultPoint.stopBegun, .stopAnswered])
  func `Killed while the runner is told to stop a worker, it is told by the next matriz`(
    _ point: FaultPoint
  ) async throws {
    try await withTagRun(waits: true, limits: ["ping_seconds": 1, "lease_seconds": 2]) { run in
      // It stands still until its lease is over.
      try await run.deployment.die(at: point.rawValue) { _, _ in
        try await run.pushTag()
        try await run.gate.waitUntilReached()
        try await run.stage.worker().signal(SIGSTOP)
      }
      try await run.deployment.withMatriz { _, site in
        try await run.expectEnd("errored", at: site) { $0.contains("worker was lost") }
        // By the runner: a worker that stands still cannot go by itself.
        try await run.stage.waitUntilWorkersAreGone()
      }
    }
  }
}
