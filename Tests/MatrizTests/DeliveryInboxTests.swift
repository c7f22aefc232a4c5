import Database
import Forge
import Platform
import RunModel
import TestSupport
import Testing

@testable import Matriz

@Suite("The inbox of deliveries", .fewAtOnce)
struct DeliveryInboxTests {
  private static let push = "push refs/heads/main abc1234 Change it"

  private func withInbox(
    forge: StubForge = StubForge(), _ body: (DeliveryInbox, Database) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let database = try await Database.open(path: "\(folder)/test.db", migrations: Migrations.matriz)
      let inbox = DeliveryInbox(
        conductor: Conductor(database: database), forge: forge,
        pipeline: PipelinePlan(tasks: ["ci"], artifacts: [], releaseAssets: [], limits: Limits())
      ) { _, _ in }
      try await body(inbox, database)
      await database.close()
    }
  }

  private func run(of outcome: DeliveryInbox.Outcome) throws -> String {
    guard case .run(let id) = outcome else { throw ForgeError(.refused, "\(outcome)") }
    return id
  }

  @Test("a delivery that comes many times at the same instant makes one run")
  func once() async throws {
    try await withInbox { inbox, _ in
      let webhook = StubForge.webhook(Self.push)
      let outcomes = try await withThrowingTaskGroup(of: DeliveryInbox.Outcome.self) { group in
        for _ in 1...32 { group.addTask { try await inbox.accept(webhook) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { if case .run = $0 { true } else { false } } == 1)
      #expect(try await inbox.conductor.list(before: nil, limit: 50).count == 1)
      #expect(try await inbox.list(before: nil, limit: 50).count == 1)
    }
  }

  @Test("a replay is a record of its own and makes another run")
  func replay() async throws {
    try await withInbox { inbox, _ in
      let first = try run(of: try await inbox.accept(StubForge.webhook(Self.push, id: "guid-1")))
      let record = try #require(try await inbox.list(before: nil, limit: 1).first)
      // By our id, by the forge's, and by the id of a replay.
      var ids = [record.id, "guid-1"]
      var runs = [first]
      for index in 0...2 {
        guard case .done(let outcome) = try await inbox.replay(ids[index]) else {
          Issue.record("not replayed")
          return
        }
        runs.append(try run(of: outcome))
        ids.append(try #require(try await inbox.list(before: nil, limit: 1).first?.id))
      }
      #expect(Set(runs).count == 4)
      let detail = try #require(try await inbox.detail("guid-1"))
      #expect(detail.record == record)
      #expect(detail.replays.map(\.runID) == runs.dropFirst().map { $0 })
      #expect(detail.replays.allSatisfy { $0.replayOf == record.id && $0.delivery == "guid-1" })
      #expect(
        try await inbox.accept(StubForge.webhook(Self.push, id: "guid-1"))
          == .ignored(reason: "this delivery was seen before"))
    }
  }

  @Test("a delivery that cannot be read is recorded with the reason, once, and taken when it can be")
  func rejected() async throws {
    try await withInbox { inbox, _ in
      for _ in 1...2 {
        await #expect(throws: ForgeError.self) {
          try await inbox.accept(StubForge.webhook("nonsense", id: "1"))
        }
      }
      let records = try await inbox.list(before: nil, limit: 10)
      #expect(records.map(\.outcome) == [.rejected])
      #expect(records.first?.reason == "'nonsense' cannot be read")
      #expect(try await inbox.replay("1") == .unreadable(reason: "'nonsense' cannot be read"))
      _ = try run(of: try await inbox.accept(StubForge.webhook(Self.push, id: "1")))
      #expect(try await inbox.detail("1")?.record.outcome == .run)
    }
  }

  @Test("a delivery without an id is recorded, too", arguments: [1, 3])
  func nameless(times: Int) async throws {
    try await withInbox { inbox, _ in
      let webhook = AuthenticWebhook(headers: [:], body: [1, 2], deliveryID: nil, eventName: nil)
      for _ in 1...times { await #expect(throws: ForgeError.self) { try await inbox.accept(webhook) } }
      let records = try await inbox.list(before: nil, limit: 10)
      #expect(records.count == times)
      #expect(try await inbox.detail(try #require(records.first?.id))?.webhook?.body == [1, 2])
    }
  }

  @Test("what is not there, or of which nothing is left, is not replayed")
  func gone() async throws {
    try await withInbox { inbox, database in
      #expect(try await inbox.replay("nothing") == .unknown)
      _ = try await inbox.accept(StubForge.webhook("ping", id: "1"))
      #expect(try await inbox.replay("1") == .done(.ignored(reason: "ping")))
      try await database.write { db in _ = try db.execute("DELETE FROM delivery_payloads") }
      #expect(try await inbox.replay("1") == .gone)
    }
  }

  @Test("a commit that asks for it makes a run that is skipped, and the record says so")
  func skipped() async throws {
    try await withInbox { inbox, _ in
      let outcome = try await inbox.accept(StubForge.webhook("push refs/heads/main abc Docs [CI skip]"))
      let run = try #require(try await inbox.conductor.run(try run(of: outcome)))
      #expect(run.state == .skipped)
      #expect(run.statusReport.state == .success)
      let record = try #require(try await inbox.list(before: nil, limit: 1).first)
      #expect(record.outcome == .skipped)
      #expect(record.reason == "the commit message has [ci skip]")
      #expect(record.runID == run.id)
    }
  }

  @Test("a pull request's run waits for its commit's message")
  func pullRequest() async throws {
    try await withInbox { inbox, _ in
      let outcome = try await inbox.accept(StubForge.webhook("pull 7 abc 1"))
      let id = try run(of: outcome)
      #expect(try await inbox.conductor.run(id)?.isHeld == true)
      let effects = try await inbox.conductor.pendingEffects().map(\.effect)
      #expect(effects.contains(.readCommitMessage))
      #expect(!effects.contains { if case .dispatch = $0 { true } else { false } })
    }
  }

  @Test("deliveries of before are kept when the database learns to replay")
  func migration() async throws {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/test.db"
      let old = try await Database.open(path: path, migrations: Array(Migrations.matriz.prefix(1)))
      try await old.write { db in
        _ = try db.execute(
          """
          INSERT INTO deliveries (id, delivery, event, received_at, outcome, reason)
          VALUES ('r1', 'guid-1', 'ping', 5, 'ignored', 'ping')
          """)
      }
      await old.close()
      let database = try await Database.open(path: path, migrations: Migrations.matriz)
      let inbox = DeliveryInbox(
        conductor: Conductor(database: database), forge: StubForge(),
        pipeline: PipelinePlan(tasks: ["ci"], artifacts: [], releaseAssets: [], limits: Limits())
      ) { _, _ in }
      let detail = try #require(try await inbox.detail("guid-1"))
      #expect(detail.record.id == "r1")
      #expect(detail.webhook == nil)
      #expect(try await inbox.replay("r1") == .gone)
      #expect(
        try await inbox.accept(StubForge.webhook("ping", id: "guid-1"))
          == .ignored(reason: "this delivery was seen before"))
      await database.close()
    }
  }

  @Test("who may not write to the repository does not approve, whatever buttons the forge shows")
  func strangersApproval() async throws {
    let forge = StubForge()
    forge.state.withLock { $0.writers = ["ann"] }
    try await withInbox(forge: forge) { inbox, _ in
      #expect(
        try await inbox.accept(StubForge.webhook("press approve run/1 mallory"))
          == .ignored(reason: "mallory may not approve: only who may write to acme/widgets"))
      // The run is not known: it was looked for, so she may.
      guard case .ignored(let reason) = try await inbox.accept(StubForge.webhook("press approve run/1 ann"))
      else { throw ForgeError(.refused, "there is no such run") }
      #expect(!reason.contains("may not"))
    }
  }

  @Test("an approval is not taken while the forge cannot say who may, and comes again")
  func approvalInAnOutage() async throws {
    let forge = StubForge()
    forge.state.withLock {
      $0.writers = ["ann"]
      $0.lookRefusals = [ForgeError(.unavailable, "away")]
    }
    try await withInbox(forge: forge) { inbox, _ in
      let webhook = StubForge.webhook("press approve run/1 ann")
      await #expect { _ = try await inbox.accept(webhook) } throws: {
        ($0 as? ForgeError)?.isTransient == true
      }
      #expect(try await inbox.list(before: nil, limit: 10).isEmpty)
      _ = try await inbox.accept(webhook)
      #expect(try await inbox.list(before: nil, limit: 10).count == 1)
    }
  }
}
