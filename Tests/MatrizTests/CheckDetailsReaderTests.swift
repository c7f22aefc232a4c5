import ArtifactStore
import Database
import Forge
import Masking
import Platform
import RunModel
import TestSupport
import Testing

@testable import Matriz

@Suite("What is read for a check", .fewAtOnce)
struct CheckDetailsReaderTests {
  private static let runID = UUIDv7.generate()
  private static let plan = PipelinePlan(
    tasks: ["ci"], artifacts: [], releaseAssets: [], sarif: ["out/lint.sarif"], limits: Limits()
  ).plan

  private struct Scene {
    let logs: JobLogs
    let artifacts: ArtifactStore
    /// New; its one job is `job`.
    var run: Run

    func reader(hiding secrets: [String] = []) -> CheckDetailsReader {
      CheckDetailsReader(logs: logs, artifacts: artifacts, mask: SecretMask(secrets))
    }

    /// Has the job's next attempt write this, and its steps end so.
    mutating func carryOut(_ output: String, _ outcomes: [StepOutcome]) async throws {
      let job = try #require(run.jobs.first)
      let worker = WorkerIdentity(
        instance: "i", hostname: "h", system: "linux", architecture: "amd64", version: "1", workspace: "/jobs"
      )
      _ = run.handle(
        .workerConnected(job: job.id, attempt: job.attempt, worker: worker), at: Instant(milliseconds: 1))
      try await logs.withLog(run: run.id, job: job.id, attempt: job.attempt) { log in
        let bytes = Array(output.utf8)
        try await log.append(bytes, [LogPiece(stream: 0, step: 3, byteCount: bytes.count)])
      }
      for (step, outcome) in outcomes.enumerated() {
        _ = run.handle(
          .stepFinished(job: job.id, attempt: job.attempt, step: step, outcome: outcome),
          at: Instant(milliseconds: 2))
      }
    }

    func handIn(_ text: String) async throws {
      let job = try #require(run.jobs.first)
      _ = try await artifacts.save(
        ArtifactDescription(
          run: run.id, job: job.id, attempt: job.attempt, name: "lint.sarif", type: Job.reportType),
        .bytes(Array(text.utf8)))
    }
  }

  private func withScene(_ body: (inout Scene) async throws -> Void) async throws {
    try await withTemporaryDirectory { folder in
      let database = try await Database.open(
        path: "\(folder)/test.db", migrations: Migrations.matriz + ArtifactStore.migrations)
      let source = Source(
        repository: "o/r", cloneURL: "http://x/o/r", event: .push, ref: "refs/heads/main", sha: "abc",
        title: "t")
      var scene = Scene(
        logs: JobLogs(folder: "\(folder)/logs"),
        artifacts: try await ArtifactStore.open(database: database, basePath: "\(folder)/artifacts"),
        run: Run.create(
          id: Self.runID, number: 1, source: source, plan: Self.plan, jobIDs: [UUIDv7.generate()],
          at: Instant(milliseconds: 0)
        ).run)
      try await body(&scene)
      await database.close()
    }
  }

  private static let done = StepOutcome.exited(code: 0)
  private static let failure = [done, done, done, .exited(code: 3)]
  private static let sarif = """
    {"version":"2.1.0","runs":[{"tool":{"driver":{"name":"lint"}},"results":[
      {"ruleId":"R","message":{"text":"sesame open"},"locations":[{"physicalLocation":
        {"artifactLocation":{"uri":"file:///jobs/repository/b.c"},"region":{"startLine":4}}}]}]}]}
    """

  @Test("the failed step's end, what its commands say, and the results of a file that it handed in")
  func whole() async throws {
    try await withScene { scene in
      try await scene.handIn(Self.sarif)
      try await scene.carryOut(
        "building\n::error file=/jobs/repository/src/a.c,line=3::broken\n::notice file=/etc/x::out\n",
        Self.failure + [Self.done])
      let details = try await scene.reader(hiding: ["sesame"]).read(scene.run)
      #expect(details.failedStep?.name == "mise run ci")
      #expect(details.failedStep?.lastLines.hasPrefix("building\n::error") == true)
      #expect(
        details.annotations == [
          Check.Annotation(path: "src/a.c", startLine: 3, endLine: 3, level: .failure, message: "broken"),
          Check.Annotation(
            path: "b.c", startLine: 4, endLine: 4, level: .warning, message: "*** open", title: "lint R"),
        ])
      #expect(details.remarks.map(\.message) == ["out"])
      #expect(details.artifacts.map(\.name) == ["lint.sarif"])
      #expect(details.problems == [])
      #expect(try await scene.reader(hiding: ["sesame"]).read(scene.run).annotations == details.annotations)
    }
  }

  @Test("a file that the job did not write is none, and the job no worse for it")
  func missing() async throws {
    try await withScene { scene in
      try await scene.carryOut(
        "", [Self.done, Self.done, Self.done, Self.done, .refused(reason: "not there")])
      #expect(scene.run.state == .succeeded)
      let details = try await scene.reader().read(scene.run)
      #expect(details.problems == [] && details.annotations == [] && details.failedStep == nil)
    }
  }

  @Test("of an earlier attempt nothing is told")
  func earlierAttempt() async throws {
    try await withScene { scene in
      try await scene.handIn(Self.sarif)
      try await scene.carryOut("::error file=a::first\n", Self.failure + [Self.done])
      _ = scene.run.handle(.rerunRequested(by: "ann", onlyFailed: false), at: Instant(milliseconds: 3))
      try await scene.carryOut(
        "::error file=a::second\n", Self.failure + [.refused(reason: "not there")])
      #expect(try await scene.reader().read(scene.run).annotations.map(\.message) == ["second"])
    }
  }

  @Test(
    "a file that cannot be read is a note, in words that show no secret",
    arguments: [
      ("{", "out/lint.sarif: it is no JSON"),
      (#"{"version":"sesame"}"#, "out/lint.sarif: it is SARIF ***, and 2.1.0 is read"),
    ])
  func malformed(text: String, problem: String) async throws {
    try await withScene { scene in
      try await scene.handIn(text)
      try await scene.carryOut("", [Self.done, Self.done, Self.done, Self.done, Self.done])
      #expect(try await scene.reader(hiding: ["sesame"]).read(scene.run).problems == [problem])
    }
  }

  @Test("a file that is too large is not read")
  func large() async throws {
    try await withScene { scene in
      try await scene.handIn(String(repeating: " ", count: SARIFReport.maximumBytes + 1))
      try await scene.carryOut("", [Self.done, Self.done, Self.done, Self.done, Self.done])
      let problems = try await scene.reader().read(scene.run).problems
      #expect(problems == ["out/lint.sarif: it has 8,388,609 bytes, and at most 8,388,608 are read"])
    }
  }

  @Test("a job that no worker came for has nothing to read")
  func noWorker() async throws {
    try await withScene { scene in
      let job = try #require(scene.run.jobs.first)
      _ = scene.run.handle(
        .dispatchFailed(job: job.id, attempt: 1, reason: "no room"), at: Instant(milliseconds: 2))
      let details = try await scene.reader().read(scene.run)
      #expect(details.failedStep == nil && details.annotations == [] && details.problems == [])
    }
  }
}
