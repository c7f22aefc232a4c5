import Database
import Forge
import Platform
import RunModel
import TestSupport
import Testing

@testable import Matriz

@Suite("Failed deliveries", .fewAtOnce)
struct FailedDeliveriesTests {
  private static let now = Timestamp(milliseconds: 1_700_000_000_000)

  private func withWatch(
    _ body: (FailedDeliveries, StubForge, DeliveryInbox) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let database = try await Database.open(path: "\(folder)/test.db", migrations: Migrations.matriz)
      let forge = StubForge()
      let inbox = DeliveryInbox(
        conductor: Conductor(database: database), forge: forge,
        pipeline: PipelinePlan(tasks: ["ci"], artifacts: [], releaseAssets: [], limits: Limits())
      ) { _, _ in }
      let watch = FailedDeliveries(
        inbox: inbox, intervalSeconds: 0.01, pauseSeconds: 0, logger: .disabled
      ) { Self.now }
      try await body(watch, forge, inbox)
      await database.close()
    }
  }

  /// A delivery that failed so many seconds ago.
  private static func failed(_ id: String, secondsAgo: Int64 = 60) -> FailedDelivery {
    let at = Timestamp(milliseconds: now.milliseconds - secondsAgo * 1_000)
    return FailedDelivery(
      attemptID: secondsAgo, deliveryID: id, event: "push", problem: "no answer", lastAttemptAt: at,
      firstAttemptAt: at, attemptCount: 1)
  }

  @Test("what is not recorded is asked for, the oldest first; what is, or is too old, is not")
  func asks() async throws {
    try await withWatch { watch, forge, inbox in
      _ = try await inbox.accept(StubForge.webhook("ping", id: "taken"))
      await #expect(throws: ForgeError.self) {
        try await inbox.accept(StubForge.webhook("nonsense", id: "unreadable"))
      }
      let old = FailedDeliveries.maximumAgeSeconds + 1
      forge.state.withLock {
        $0.failed = [
          Self.failed("new"), Self.failed("taken"), Self.failed("old", secondsAgo: old),
          Self.failed("unreadable"),
          Self.failed("older", secondsAgo: 3_600),
        ]
      }
      try await watch.look()
      #expect(forge.state.withLock(\.redelivered) == ["older", "new"])
    }
  }

  @Test("one look asks for so many, and the next for the rest")
  func bound() async throws {
    try await withWatch { watch, forge, _ in
      let ids = (1...FailedDeliveries.maximumAsksAtOnce + 5).map { "d\($0)" }
      forge.state.withLock {
        $0.failed = ids.enumerated().map { Self.failed($1, secondsAgo: 1_000 - Int64($0)) }
      }
      try await watch.look()
      #expect(forge.state.withLock(\.redelivered) == Array(ids.prefix(FailedDeliveries.maximumAsksAtOnce)))
      try await watch.look()
      let second = forge.state.withLock {
        Array($0.redelivered.dropFirst(FailedDeliveries.maximumAsksAtOnce))
      }
      #expect(second.prefix(5) == ids.suffix(5))
    }
  }

  @Test("what fails again and again is asked for ever more rarely, and then no more")
  func rarely() async throws {
    try await withWatch { watch, forge, _ in
      forge.state.withLock { $0.failed = [Self.failed("d")] }
      var looks: [Int] = []
      for look in 0..<1_000 {
        try await watch.look()
        while forge.state.withLock({ $0.redelivered.count }) > looks.count { looks.append(look) }
      }
      #expect(looks.prefix(6) == [0, 1, 3, 7, 15, 31])
      #expect(looks.count == FailedDeliveries.maximumAsks)
    }
  }

  @Test("a delivery that the forge has no more is not asked for again")
  func gone() async throws {
    try await withWatch { watch, forge, _ in
      forge.state.withLock {
        $0.failed = [Self.failed("gone", secondsAgo: 90), Self.failed("here")]
        $0.redeliveryRefusals = ["gone": ForgeError(.notFound, "gone")]
      }
      for _ in 1...3 { try await watch.look() }
      #expect(forge.state.withLock(\.redelivered) == ["gone", "here", "here"])
    }
  }

  @Test("a forge that does not want to be asked now ends the look, and the next one goes on")
  func limited() async throws {
    try await withWatch { watch, forge, _ in
      forge.state.withLock {
        $0.failed = [Self.failed("first", secondsAgo: 90), Self.failed("second")]
        $0.redeliveryRefusals = ["first": ForgeError(.rateLimited, "slowly", retryAfterSeconds: 60)]
      }
      await #expect(throws: ForgeError.self) { try await watch.look() }
      forge.state.withLock { $0.redeliveryRefusals = [:] }
      try await watch.look()
      #expect(forge.state.withLock(\.redelivered) == ["first", "first", "second"])
    }
  }

  @Test("the whole list is read at first and now and then, else what is new")
  func windows() async throws {
    try await withWatch { watch, forge, _ in
      for _ in 0...FailedDeliveries.looksPerWholeList { try await watch.look() }
      let oldest = Timestamp(milliseconds: Self.now.milliseconds - FailedDeliveries.maximumAgeSeconds * 1_000)
      let lists = forge.state.withLock(\.lists)
      #expect(lists.first == oldest)
      #expect(lists.last == oldest)
      #expect(lists.dropFirst().dropLast().allSatisfy { $0 > oldest && $0 < Self.now })
    }
  }

  @Test("it looks at its start, and again by itself after the forge was away")
  func byItself() async throws {
    try await withWatch { watch, forge, _ in
      forge.state.withLock {
        $0.failed = [Self.failed("d")]
        $0.refusals = [ForgeError(.unavailable, "away"), ForgeError(.unavailable, "still away")]
      }
      await watch.start()
      _ = try await forge.state.value(timeoutSeconds: 30, waitingFor: "a redelivery") {
        $0.redelivered.first
      }
      await watch.stop()
      #expect(forge.state.withLock(\.lists).count >= 3)
    }
  }
}
