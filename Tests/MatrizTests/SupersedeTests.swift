import Configuration
import Database
import Forge
import Platform
import RunModel
import TestSupport
import Testing

@testable import Matriz

@Suite("Newer runs and older ones", .fewAtOnce)
struct SupersedeTests {
  typealias Supersede = MatrizConfiguration.Limits.Supersede

  /// Deliveries in the order in which they come, and how their runs are then.
  struct Example: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var supersede: Supersede = .branch
    var deliveries: [String]
    var expected: [State]
  }

  private static let main = "push refs/heads/main"

  static let examples = [
    Example(
      testDescription: "a push ends the branch's older runs",
      deliveries: ["\(main) a1 10", "\(main) a2 20", "\(main) a3 30"],
      expected: [.cancelled, .cancelled, .queued]),
    Example(
      testDescription: "another branch has nothing to do with it",
      deliveries: ["\(main) a1 10", "push refs/heads/topic a2 20"], expected: [.queued, .queued]),
    Example(
      testDescription: "pushes are left alone when only pull requests are not", supersede: .pullRequest,
      deliveries: ["\(main) a1 10", "\(main) a2 20"], expected: [.queued, .queued]),
    Example(
      testDescription: "a new head ends the pull request's older runs", supersede: .pullRequest,
      deliveries: ["pull 7 a1 10", "pull 8 b1 10", "pull 7 a2 20"], expected: [.cancelled, .queued, .queued]),
    Example(
      testDescription: "pull requests as well where branches do",
      deliveries: ["pull 7 a1 10", "pull 7 a2 20"],
      expected: [.cancelled, .queued]),
    Example(
      testDescription: "nothing ends anything when it is off", supersede: .off,
      deliveries: ["\(main) a1 10", "\(main) a2 20", "pull 7 a1 10", "pull 7 a2 20"],
      expected: [.queued, .queued, .queued, .queued]),
    Example(
      testDescription: "tags are never ended",
      deliveries: ["push refs/tags/v1 a1 10", "push refs/tags/v1 a2 20"],
      expected: [.queued, .queued]),
    Example(
      testDescription: "a push that comes late ends itself, and what is older still",
      deliveries: ["\(main) a1 10", "\(main) a3 30", "\(main) a2 20"],
      expected: [.cancelled, .queued, .cancelled]),
    Example(
      testDescription: "what says no time counts in the order in which it comes",
      deliveries: ["\(main) a1 first", "\(main) a2 second"], expected: [.cancelled, .queued]),
    Example(
      testDescription: "of one second, the later one counts", deliveries: ["\(main) a1 10", "\(main) a2 10"],
      expected: [.cancelled, .queued]),
    Example(
      testDescription: "a push that is skipped ends nothing",
      deliveries: ["\(main) a1 10", "\(main) a2 [skip ci]"],
      expected: [.queued, .skipped]),
  ]

  private func withInbox(
    _ supersede: Supersede, _ body: (DeliveryInbox) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let database = try await Database.open(path: "\(folder)/test.db", migrations: Migrations.matriz)
      let inbox = DeliveryInbox(
        conductor: Conductor(database: database), forge: StubForge(),
        pipeline: PipelinePlan(tasks: ["ci"], artifacts: [], releaseAssets: [], limits: Limits()),
        supersede: supersede
      ) { _, _ in }
      try await body(inbox)
      await database.close()
    }
  }

  private func run(_ inbox: DeliveryInbox, _ body: String, id: String = UUIDv7.generate()) async throws
    -> String
  {
    guard case .run(let run) = try await inbox.accept(StubForge.webhook(body, id: id)) else {
      throw ForgeError(.refused, "no run")
    }
    return run
  }

  @Test("a newer run ends those that it makes pointless, and no others", arguments: examples)
  func states(example: Example) async throws {
    try await withInbox(example.supersede) { inbox in
      var ids: [String] = []
      for delivery in example.deliveries { ids.append(try await run(inbox, delivery)) }
      var states: [State] = []
      for id in ids { states.append(try #require(try await inbox.conductor.run(id)).state) }
      #expect(states == example.expected)
    }
  }

  @Test("the run that was ended says by which, and its status does, too")
  func reason() async throws {
    try await withInbox(.branch) { inbox in
      let first = try await run(inbox, "\(Self.main) 1111111aaaa 10")
      _ = try await run(inbox, "\(Self.main) 2222222bbbb 20")
      let ended = try #require(try await inbox.conductor.run(first))
      #expect(ended.reason == "superseded by run #2 (push of 2222222)")
      let statuses = try await inbox.conductor.pendingEffects().filter { $0.runID == first }.compactMap {
        entry in
        if case .reportStatus(let report) = entry.effect { report } else { nil }
      }
      #expect(statuses.last?.state == .error)
      #expect(statuses.last?.description == ended.reason)
    }
  }

  @Test("a replay ends nothing, and newer runs do not end it at once")
  func replay() async throws {
    try await withInbox(.branch) { inbox in
      _ = try await run(inbox, "\(Self.main) a1 10", id: "guid-1")
      let second = try await run(inbox, "\(Self.main) a2 20")
      guard case .done(.run(let replayed)) = try await inbox.replay("guid-1") else {
        Issue.record("not replayed")
        return
      }
      #expect(try await inbox.conductor.run(second)?.state == .queued)
      #expect(try await inbox.conductor.run(replayed)?.state == .queued)
      let third = try await run(inbox, "\(Self.main) a3 30")
      #expect(try await inbox.conductor.run(second)?.state == .cancelled)
      #expect(try await inbox.conductor.run(replayed)?.state == .cancelled)
      #expect(try await inbox.conductor.run(third)?.state == .queued)
    }
  }
}
