import FakeGitHub
import Forge
import HTTP
import Platform
import TestSupport
import Testing

@testable import ForgeGitHub

/// What the driver reads in the forge's log of deliveries, and what it asks for.
@Suite(.fewAtOnce)
struct DeliveryLogTests {
  /// On loopback nobody listens there.
  private static let nowhere = "http://127.0.0.1:1/webhooks"
  private static let longAgo = Timestamp(milliseconds: 0)

  /// A server that answers every webhook with a status that can be changed.
  private func withReceiver(_ body: (_ url: String, Watched<Int>) async throws -> Void) async throws {
    let status = Watched(500)
    let server = try await HTTPServer.start(HTTPServerConfiguration(address: "127.0.0.1:0")) { _ in
      .empty(status.withLock { $0 })
    }
    do {
      try await body("http://127.0.0.1:\(server.port)/webhooks", status)
    } catch {
      await server.shutdown(graceSeconds: 0)
      throw error
    }
    await server.shutdown(graceSeconds: 0)
  }

  @Test("a delivery that nobody took is reported, with how it went")
  func unanswered() async throws {
    try await withForge { harness in
      harness.github.setWebhook(url: Self.nowhere, secret: nil)
      let ping = try #require(await harness.github.ping())
      let failed = try await harness.forge.failedDeliveries(since: Self.longAgo)
      #expect(failed.map(\.deliveryID) == [ping.guid])
      #expect(failed.first?.attemptID == ping.id)
      #expect(failed.first?.event == "ping")
      #expect(failed.first?.attemptCount == 1)
    }
  }

  @Test("a delivery that was asked for again and taken is no failure any more")
  func takenLater() async throws {
    try await withForge { harness in
      try await withReceiver { url, status in
        harness.github.setWebhook(url: url, secret: nil)
        await harness.github.ping()
        let first = try #require(try await harness.forge.failedDeliveries(since: Self.longAgo).first)
        try await harness.forge.redeliver(first)
        let second = try await harness.github.waitForDelivery { $0.isRedelivery }
        #expect(second.guid == first.deliveryID)
        let again = try #require(try await harness.forge.failedDeliveries(since: Self.longAgo).first)
        #expect(again.attemptCount == 2)
        #expect(again.attemptID == second.id)
        #expect(again.problem.contains("500"))
        status.withLock { $0 = 202 }
        try await harness.forge.redeliver(again)
        try await harness.github.waitForDelivery { $0.status == 202 }
        #expect(try await harness.forge.failedDeliveries(since: Self.longAgo).isEmpty)
      }
    }
  }

  @Test("every page of the log is read, and nothing older than what is asked for")
  func pages() async throws {
    try await withForge { harness in
      harness.github.setWebhook(url: Self.nowhere, secret: nil)
      for _ in 1...103 { await harness.github.ping() }
      let all = harness.github.deliveries
      let failed = try await harness.forge.failedDeliveries(since: Self.longAgo)
      #expect(failed.map(\.deliveryID) == all.reversed().map(\.guid))
      #expect(harness.requests("GET", "/app/hook/deliveries").count == 2)
      let newest = try #require(Timestamp(rfc3339: all[102].deliveredAt))
      let later = Timestamp(milliseconds: newest.milliseconds + 1)
      #expect(try await harness.forge.failedDeliveries(since: later).isEmpty)
      #expect(harness.requests("GET", "/app/hook/deliveries").count == 3)
    }
  }

  @Test("a personal token has no deliveries, and nothing is asked")
  func personalToken() async throws {
    try await withForge(personalAccessToken: "ghp_1", identity: .token("ghp_1")) { harness in
      let failed = try await harness.forge.failedDeliveries(since: Self.longAgo)
      #expect(failed.isEmpty)
      #expect(harness.github.requests.isEmpty)
    }
  }

  @Test("a delivery that the forge has no more cannot be asked for")
  func gone() async throws {
    try await withForge { harness in
      let delivery = FailedDelivery(
        attemptID: 1, deliveryID: "x", event: "push", problem: "no answer", lastAttemptAt: .now(),
        firstAttemptAt: .now(), attemptCount: 1)
      #expect(await refusal { try await harness.forge.redeliver(delivery) } == .notFound)
    }
  }

  @Test(
    "a forge that is away or limits us says so",
    arguments: [
      (FakeGitHub.Fault.respond(status: 502), ForgeError.Code.unavailable), (.cut, .unavailable),
      (.respond(status: 403, headers: ["Retry-After": "7"]), .rateLimited),
      (.respond(status: 200, body: "{"), .unavailable),
    ])
  func away(fault: FakeGitHub.Fault, code: ForgeError.Code) async throws {
    try await withForge { harness in
      harness.github.plan(fault, pathPrefix: "/app/hook", times: 10)
      #expect(await refusal { _ = try await harness.forge.failedDeliveries(since: Self.longAgo) } == code)
    }
  }

  @Test("the message of a commit is the whole of it")
  func commitMessage() async throws {
    try await withForge { harness in
      let message = "Turn the screw\n\nTwice. [skip ci]"
      let sha = try await harness.repository.commit(files: ["a": "1"], message: message)
      #expect(try await harness.forge.commitMessage(repository: "acme/widgets", sha: sha) == message)
      let unknown = String(repeating: "1", count: 40)
      #expect(
        await refusal { _ = try await harness.forge.commitMessage(repository: "acme/widgets", sha: unknown) }
          == .refused)
      #expect(
        await refusal { _ = try await harness.forge.commitMessage(repository: "acme/widgets", sha: "main") }
          == .malformed)
    }
  }
}
