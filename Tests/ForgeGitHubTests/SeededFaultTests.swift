import FakeGitHub
import Forge
import ForgeGitHub
import Platform
import TestSupport
import Testing

/// Whatever goes wrong, and wherever: who asks again in the end has what was asked for, once.
@Suite(.fewAtOnce)
struct SeededFaultTests {
  /// A bound for the test itself; the plan lets the third of three requests through.
  static let maximumTries = 100

  /// Asks until it is done, as the outbox does.
  static func insist(
    _ harness: ForgeHarness, isDone: (ForgeError) -> Bool = { _ in false }, _ body: () async throws -> Void
  ) async throws {
    for _ in 0..<maximumTries {
      do {
        return try await body()
      } catch let error as ForgeError {
        if isDone(error) { return }
        try #require(error.isTransient, "\(error)")
        harness.pass(seconds: error.retryAfterSeconds ?? 0)
      }
    }
    Issue.record("it is never done")
  }

  @Test(
    "statuses, checks and assets get there whatever a seed lets go wrong",
    arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func seeded(seed: UInt64) async throws {
    try await withForge { harness in
      let forge = harness.forge
      try await harness.repository.publishRelease(tag: "v1.0")
      harness.github.plan(.seeded(seed, rate: 0.3))
      for state in [Check.State.queued, .inProgress, .completed(.failure)] {
        try await Self.insist(harness) {
          let count = state == .completed(.failure) ? 130 : 0
          try await CheckTests.update(harness, CheckTests.check(state, annotations: count))
        }
      }
      for state in [CommitStatus.State.pending, .failure] {
        try await Self.insist(harness) {
          let status = CommitStatus(state: state, context: "mise-ci", description: "x")
          try await forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: status)
        }
      }
      try await Self.insist(harness, isDone: { $0.code == .conflict }) {
        try await forge.uploadReleaseAsset(
          repository: "acme/widgets", tag: "v1.0", name: "a", content: ReleaseAssetTests.pattern(300_000))
      }
      harness.github.clearFaults()

      let run = try #require(try harness.repository.checkRuns(of: harness.sha).last)
      #expect(run.shownState == "failure")
      #expect(run.output.annotations.map(\.message) == (0..<130).map { "number \($0)" })
      let status = try await forge.shownStatus(
        repository: "acme/widgets", sha: harness.sha, context: "mise-ci")
      #expect(status?.state == .failure)
      let assets = try #require(try harness.repository.releases.last?.assets)
      #expect(assets.map(\.name) == ["a"] && assets.map(\.state) == ["uploaded"])
      #expect(try await harness.repository.assetContents("a", ofTag: "v1.0").count == 300_000)
    }
  }

  @Test("a request whose answer was lost is carried out once, if it is none that may be repeated")
  func once() async throws {
    try await withForge { harness in
      try await CheckTests.update(harness, CheckTests.check(.inProgress))
      harness.github.plan(.cutAfterHandling, method: "POST", path: "/repos/acme/widgets/statuses/*")
      let code = await refusal {
        try await harness.forge.updateStatus(
          repository: "acme/widgets", sha: harness.sha, status: StatusTests.status)
      }
      #expect(code == .unavailable)
      #expect(try harness.repository.statuses(of: harness.sha).count == 1)
    }
  }
}
