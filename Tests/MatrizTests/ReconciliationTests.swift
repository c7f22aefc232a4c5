import Forge
import Platform
import RunModel
import TestSupport
import Testing

@testable import Matriz

/// What the forge shows is compared with what it should show.
@Suite(.fewAtOnce) struct ReconciliationTests {
  private static let reports = RunReports(statusContext: "ci", externalURL: "http://ci.test")

  private static func status(
    _ state: CommitStatus.State = .pending, _ description: String = "running",
    at page: String? = "http://ci.test/runs/1"
  ) -> CommitStatus {
    CommitStatus(state: state, context: "ci", description: description, targetURL: page)
  }

  @Test(
    arguments: [
      (status(), true), (status(.pending, "queued"), true), (status(.success), false),
      (status(at: "http://elsewhere.test"), false), (status(at: nil), false), (nil, false),
    ] as [(CommitStatus?, Bool)])
  func `a status is as it should be when it has our state and leads to our page`(
    _ shown: CommitStatus?, _ isMet: Bool
  ) {
    #expect(Claim.isMet(Self.status(), by: shown) == isMet)
  }

  @Test(
    arguments: [
      (.queued, nil, false), (.queued, .queued, true), (.queued, .inProgress, true),
      (.queued, .completed(.failure), true),
      (.inProgress, nil, false), (.inProgress, .queued, false), (.inProgress, .inProgress, true),
      (.inProgress, .completed(.success), true),
      (.completed(.success), nil, false), (.completed(.success), .queued, false),
      (.completed(.success), .inProgress, false), (.completed(.success), .completed(.failure), true),
      (.completed(.success), .completed(.success), true),
      (.completed(.actionRequired), .completed(.actionRequired), true),
      (.completed(.actionRequired), .queued, false),
    ] as [(Check.State, Check.State?, Bool)])
  func `a check is as it should be when it is not behind, for it does not go back`(
    _ claimed: Check.State, _ shown: Check.State?, _ isMet: Bool
  ) {
    #expect(Claim.isMet(claimed, by: shown) == isMet)
  }

  private struct Scene {
    let conductor: Conductor
    let forge: StubForge
    let reconciliation: Reconciliation
    let time: Watched<Timestamp>

    /// A run of which the forge was told.
    func add(_ source: Source, _ plan: Plan = plan()) async throws -> Run {
      let run = try await conductor.add(source, plan).run
      try await show(run)
      return run
    }

    /// The forge is told how the run is.
    func show(_ run: Run) async throws {
      try await conductor.forgetEffects()
      for claim in Claim.all(of: run, ReconciliationTests.reports, supportsChecks: true) {
        forge.state.withLock { state in
          switch claim {
          case .status(let status), .jobStatus(_, let status): state.shownStatuses[status.context] = status
          case .check(let name, let id, let check): state.shownChecks["\(name) \(id)"] = check
          }
        }
      }
    }

    /// What is to be told after a look.
    func look() async throws -> [Effect] {
      var place = Reconciliation.Place()
      try await reconciliation.look(from: &place)
      return try await conductor.pendingEffects().map(\.effect)
    }
  }

  private func withScene(_ body: (Scene) async throws -> Void) async throws {
    let time = Watched(Timestamp(milliseconds: 1_000_000))
    try await withConductor(now: { time.withLock { $0 } }) { conductor in
      let forge = StubForge()
      forge.state.withLock { $0.supportsChecks = true }
      let reconciliation = Reconciliation(
        conductor: conductor, forge: forge, reports: Self.reports, intervalSeconds: 600, logger: .disabled)
      try await body(
        Scene(conductor: conductor, forge: forge, reconciliation: reconciliation, time: time))
    }
  }

  @Test func `what the forge shows as it was told is left alone`() async throws {
    try await withScene { scene in
      _ = try await scene.add(pushed())
      #expect(try await scene.look().isEmpty)
      #expect(scene.forge.state.withLock(\.looks) == ["ci", "ci/ci", "check ci"])
    }
  }

  enum Difference: CaseIterable {
    case statusLost, statusOverwritten, jobStatusSetBack, checkLost, checkStuck
  }

  @Test(arguments: Difference.allCases)
  func `what differs is told again, also some time after the end`(_ difference: Difference) async throws {
    try await withScene { scene in
      let run = try await scene.add(pushed())
      let ended = try #require(try await scene.conductor.handle(.cancelRequested(by: "ann"), run: run.id))
      try await scene.show(ended)
      scene.time.withLock { $0 = $0.adding(seconds: Double(Reconciliation.recentSeconds) - 1) }
      let expected: Effect
      switch difference {
      case .statusLost:
        scene.forge.state.withLock { $0.shownStatuses["ci"] = nil }
        expected = .reportStatus(ended.statusReport)
      case .statusOverwritten:
        scene.forge.state.withLock {
          $0.shownStatuses["ci"] = Self.status(.error, "mine", at: "http://other.test")
        }
        expected = .reportStatus(ended.statusReport)
      case .jobStatusSetBack:
        scene.forge.state.withLock {
          $0.shownStatuses["ci/ci"] = Self.reports.status(ofJob: run.jobs[0].id, in: run)
        }
        expected = .reportJobStatus(job: run.jobs[0].id)
      case .checkLost:
        scene.forge.state.withLock { $0.shownChecks = [:] }
        expected = .reportCheck
      case .checkStuck:
        scene.forge.state.withLock { $0.shownChecks["ci \(run.id)/1"] = .inProgress }
        expected = .reportCheck
      }
      #expect(try await scene.look() == [expected])
      // It is to be told already: once is enough.
      #expect(try await scene.look() == [expected])
      try await scene.conductor.forgetEffects()
      scene.time.withLock { $0 = $0.adding(seconds: 2) }
      #expect(try await scene.look().isEmpty, "what is long ago is left alone")
    }
  }

  @Test func `an older run of the commit is not told again beside a newer one`() async throws {
    try await withScene { scene in
      let old = try await scene.add(pushed())
      let new = try await scene.add(pushed(event: .tag))
      scene.forge.state.withLock { $0.shownStatuses["ci"] = Self.reports.status(of: old) }
      #expect(try await scene.look() == [.reportStatus(new.statusReport)])
      #expect(try await scene.conductor.pendingEffects().map(\.runID) == [new.id])
    }
  }

  @Test func `a run that changes while the forge is asked is told of by its own change alone`() async throws {
    try await withScene { scene in
      let run = try await scene.add(pushed())
      let stale = Claim.status(Self.reports.status(of: run))
      try await scene.conductor.handle(.cancelRequested(by: "ann"), run: run.id)
      try await scene.conductor.forgetEffects()
      let isTold = try await scene.conductor.reportAgain(stale.effect(of: run), run: run.id) {
        Claim.all(of: $0, Self.reports, supportsChecks: true).contains(stale)
      }
      #expect(!isTold)
    }
  }

  @Test(arguments: [ForgeError.Code.rateLimited, .unavailable])
  func `a forge that wants to be left alone is; the next look goes on there`(_ code: ForgeError.Code)
    async throws
  {
    try await withScene { scene in
      for sha in ["a", "b", "c"] {
        _ = try await scene.conductor.add(pushed(sha), plan(reports: Reports()))
      }
      try await scene.conductor.forgetEffects()
      scene.forge.state.withLock {
        $0.lookRefusals = [ForgeError(.notFound, "gone"), ForgeError(code, "not now")]
      }
      var place = Reconciliation.Place()
      await #expect(throws: ForgeError.self) { try await scene.reconciliation.look(from: &place) }
      #expect(scene.forge.state.withLock { $0.looks.count } == 2, "one that is gone keeps nobody")
      #expect(try await scene.conductor.pendingEffects().isEmpty)
      try await scene.reconciliation.look(from: &place)
      #expect(scene.forge.state.withLock { $0.looks.count } == 4)
      #expect(try await scene.conductor.pendingEffects().count == 2)
    }
  }
}
