import FakeGitHub
import Forge
import ForgeGitHub
import Platform
import TestSupport
import Testing

/// The limits, from the first answer that speaks of them until they are over.
@Suite(.fewAtOnce)
struct RateLimitTests {
  static func update(_ harness: ForgeHarness) async throws {
    try await harness.forge.updateStatus(
      repository: "acme/widgets", sha: harness.sha, status: StatusTests.status)
  }

  static func look(_ harness: ForgeHarness) async throws {
    _ = try await harness.forge.shownStatus(
      repository: "acme/widgets", sha: harness.sha, context: "mise-ci")
  }

  /// A limit, and how many seconds it lasts.
  @Test(
    "after a limit nothing is sent until it is over, whatever is asked for",
    arguments: [
      (FakeGitHub.Fault.secondaryRateLimit(retryAfterSeconds: 20, status: 403), 20),
      (.secondaryRateLimit(retryAfterSeconds: 20, status: 429), 20),
      (.secondaryRateLimit(retryAfterSeconds: nil, status: 403), 60),
      (.secondaryRateLimit(retryAfterSeconds: nil, status: 429), 60),
      (.primaryRateLimit(resetSeconds: 1_000, status: 403), 1_000),
      (.primaryRateLimit(resetSeconds: 1_000, status: 429), 1_000),
    ] as [(FakeGitHub.Fault, Int64)])
  func quiet(fault: FakeGitHub.Fault, seconds: Int64) async throws {
    try await withForge { harness in
      try await Self.update(harness)
      harness.github.plan(fault, method: "POST", path: "/repos/acme/widgets/statuses/*")
      #expect(await refusal { try await Self.update(harness) } == .rateLimited)
      let sent = harness.github.requests.count
      for isWrite in [true, false] {
        let error = await #expect(throws: ForgeError.self) {
          if isWrite { try await Self.update(harness) } else { try await Self.look(harness) }
        }
        #expect(error?.code == .rateLimited)
        #expect(error?.message.contains("was not sent") == true)
        let wait = try #require(error?.retryAfterSeconds)
        #expect((max(1, seconds - 60)...seconds + 1).contains(wait))
      }
      #expect(harness.github.requests.count == sent)
      harness.pass(seconds: seconds + 1)
      try await Self.update(harness)
      try await Self.look(harness)
    }
  }

  @Test("one installation's limit is not another's, nor the app's own")
  func accounts() async throws {
    try await withForge { harness in
      let other = try await harness.github.addRepository("globex/gadgets")
      let sha = try await other.commit(files: ["README": "Gadgets."])
      try await Self.update(harness)
      harness.github.plan(.primaryRateLimit(resetSeconds: 1_000), path: "/repos/acme/widgets/statuses/*")
      #expect(await refusal { try await Self.update(harness) } == .rateLimited)
      try await harness.forge.updateStatus(repository: "globex/gadgets", sha: sha, status: StatusTests.status)
      _ = try await harness.forge.cloneCredentials(repository: "acme/widgets")
      _ = try await harness.forge.failedDeliveries(since: .now())
    }
  }

  @Test("background work stops first, and what people wait for goes on until nothing is left")
  func reserve() async throws {
    try await withForge(change: { $0.rateLimit = 10 }) { harness in
      for _ in 0..<8 { try await Self.update(harness) }
      let sent = harness.github.requests.count
      #expect(await refusal { try await Self.look(harness) } == .rateLimited)
      let shown = await refusal {
        _ = try await harness.forge.shownCheck(
          repository: "acme/widgets", sha: harness.sha, name: "mise-ci", externalID: "x")
      }
      #expect(shown == .rateLimited)
      #expect(harness.github.requests.count == sent)
      for _ in 0..<2 { try await Self.update(harness) }
      #expect(await refusal { try await Self.update(harness) } == .rateLimited)
      #expect(harness.github.requests.count == sent + 2)
    }
  }

  @Test("the log of deliveries and asking for one again are background work, too")
  func deliveries() async throws {
    try await withForge(change: { $0.rateLimit = 10 }) { harness in
      let delivery = FailedDelivery(
        attemptID: 1, deliveryID: "x", event: "push", problem: "no answer", lastAttemptAt: .now(),
        firstAttemptAt: .now(), attemptCount: 1)
      // Two are kept: what a clone takes.
      for _ in 0..<8 { _ = await refusal { try await harness.forge.redeliver(delivery) } }
      let sent = harness.github.requests.count
      #expect(await refusal { try await harness.forge.redeliver(delivery) } == .rateLimited)
      let listed = await refusal { _ = try await harness.forge.failedDeliveries(since: .now()) }
      #expect(listed == .rateLimited)
      #expect(harness.github.requests.count == sent)
      _ = try await harness.forge.cloneCredentials(repository: "acme/widgets")
    }
  }

  @Test("a clock of ours that is wrong makes no limit longer or shorter", arguments: [-200, 200] as [Int64])
  func skewed(skewSeconds: Int64) async throws {
    try await withForge(skewSeconds: skewSeconds) { harness in
      harness.github.plan(.primaryRateLimit(resetSeconds: 1_000), path: "/repos/acme/widgets/statuses/*")
      let error = await #expect(throws: ForgeError.self) { try await Self.update(harness) }
      let wait = try #require(error?.retryAfterSeconds)
      // The answer's time may be a second older than the limit it tells of.
      #expect((990...1_001).contains(wait))
    }
  }
}
