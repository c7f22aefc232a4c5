import ArtifactStore
import Database
import Forge
import FoundationEssentials
import Platform
import RunModel
import Runner

@testable import Matriz

/// Gives `body` a conductor with an empty database.
func withConductor(
  now: @escaping @Sendable () -> Timestamp = { .now() }, _ body: (Conductor) async throws -> Void
) async throws {
  try await withConductor(now: now) { conductor, _ in try await body(conductor) }
}

/// Gives `body` a conductor with an empty database, and the folder that it is in.
func withConductor(
  now: @escaping @Sendable () -> Timestamp = { .now() }, _ body: (Conductor, String) async throws -> Void
) async throws {
  try await withTemporaryDirectory { folder in
    let database = try await Database.open(
      path: "\(folder)/test.db", migrations: Migrations.matriz + ArtifactStore.migrations)
    try await body(Conductor(database: database, now: now), folder)
    await database.close()
  }
}

extension RunEffects {
  /// Those of a matriz at `http://ci.test` that speaks as `ci`.
  static func forTests(
    _ conductor: Conductor, _ forge: any Forge, _ runner: any Runner = StubRunner(), folder: String,
    logger: Logger = .disabled
  ) async throws -> RunEffects {
    let artifacts = try await ArtifactStore.open(
      database: conductor.database, basePath: "\(folder)/artifacts")
    return RunEffects(
      conductor: conductor, forge: forge, runner: runner, artifacts: artifacts,
      checkDetails: CheckDetailsReader(logs: JobLogs(folder: "\(folder)/logs"), artifacts: artifacts),
      readiness: Readiness(),
      settings: Settings(
        externalURL: "http://ci.test", statusContext: "ci", tokenSecret: Array(repeating: 7, count: 32),
        dispatchSeconds: 300, releaseWaitSeconds: 600),
      logger: logger)
  }
}

/// What a test pushes.
func pushed(
  _ sha: String = "abc", to repository: String = "o/r", event: Source.Event = .push
) -> Source {
  Source(
    repository: repository, cloneURL: "http://x/\(repository)", event: event,
    ref: event == .pullRequest ? "refs/pull/7/merge" : "refs/heads/main", sha: sha, title: "t")
}

/// Jobs that do next to nothing.
func plan(jobs: [String] = ["ci"], reports: Reports = Reports(jobStatuses: true, checks: true)) -> Plan {
  Plan(
    jobs: jobs.map { JobPlan(name: $0, steps: [StepPlan(name: "clone", action: .clone)]) }, reports: reports)
}

extension Conductor {
  /// A new run.
  @discardableResult
  func add(_ source: Source, _ plan: Plan) async throws -> Change {
    let now = self.now()
    return try await database.write { [ledger] db in
      try ledger.insert(source: source, plan: plan, at: now, into: db)
    }
  }

  /// Forgets every effect, as if it were carried out.
  func forgetEffects() async throws {
    try await database.write { db in
      for entry in try db.pendingEffects() { try db.removeEffect(entry.id) }
    }
  }
}

/// As the database has it.
func encoded(_ value: some Encodable) throws -> [UInt8] {
  Array(try JSONEncoder().encode(value))
}
