import Configuration
import FakeGitHub
import HTTP
import Platform
import TestSupport
import Testing

/// Tags, and the assets that their releases get.
@Suite(.fewAtOnce) struct ReleaseTests {
  private static let task = "mkdir dist; cp payload.bin dist/widget.bin"
  private static let payload = [UInt8]((0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
  private static let files = ["payload.bin": FakeFile(payload)]

  /// Commits the files without a push event, so that the tag's run is the only one.
  private static func commit(_ stage: Stage) async throws -> String {
    try await stage.repository.commit(files: Stage.files(task: task, files))
  }

  @Test(arguments: [nil, "annotated"]) func `A tag's run puts its file on the release before it is green`(
    _ message: String?
  ) async throws {
    try await withMatriz {
      $0.pipeline.releaseAssets = ["dist/widget.bin"]
    } _: { stage, site in
      let sha = try await Self.commit(stage)
      try await stage.repository.publishRelease(tag: "v1", target: sha)
      let pushed = try await stage.pushTag("v1", at: sha, message: message)
      #expect(pushed.sha == sha)
      #expect(try await stage.end(of: pushed).state == .success)
      #expect(try await stage.repository.assetContents("widget.bin", ofTag: "v1") == Self.payload)
      #expect(try await site.run(pushed.run)["event"] == "tag")
      #expect(try await site.artifacts(of: pushed.run).keys.contains("widget.bin"))
      let order = stage.github.requests.filter { $0.method == "POST" }.map(\.path)
      let upload = try #require(order.lastIndex { $0.contains("/assets") })
      let final = try #require(order.lastIndex { $0.contains("/statuses/") })
      #expect(upload < final)
    }
  }

  @Test func `A branch's run gives nothing to a release`() async throws {
    try await withMatriz {
      $0.pipeline.releaseAssets = ["dist/widget.bin"]
    } _: { stage, _ in
      let pushed = try await stage.push(task: Self.task, Self.files)
      #expect(try await stage.end(of: pushed).state == .success)
      #expect(!stage.github.requests.contains { $0.path.contains("/releases") })
    }
  }

  @Test func `A release that comes after its tag gets its asset as soon as it is published`() async throws {
    try await withMatriz {
      $0.pipeline.releaseAssets = ["dist/widget.bin"]
    } _: { stage, _ in
      // Left to itself, the matriz would not look again within the test's time.
      stage.github.plan(
        .respond(status: 503, headers: ["Retry-After": "500"]), method: "GET",
        pathPrefix: "/repos/acme/widgets/releases/tags/v2")
      let pushed = try await stage.pushTag("v2", at: try await Self.commit(stage))
      _ = try await stage.github.waitForRequest(timeoutSeconds: Stage.patienceSeconds) { request in
        request.path.hasSuffix("/releases/tags/v2") && request.status == 503
      }
      let release = try await stage.repository.publishRelease(tag: "v2", name: "Second")
      #expect(release.tag == "v2")
      #expect(try await stage.end(of: pushed).state == .success)
      #expect(try await stage.repository.assetContents("widget.bin", ofTag: "v2") == Self.payload)
    }
  }

  @Test func `A release that never comes ends the run errored, which says so`() async throws {
    try await withMatriz {
      $0.pipeline.releaseAssets = ["dist/widget.bin"]
      $0.release.waitSeconds = 1
    } _: { stage, site in
      let pushed = try await stage.pushTag("v3", at: try await Self.commit(stage))
      let final = try await stage.end(of: pushed)
      #expect(final.state == .error)
      let run = try await site.run(pushed.run)
      #expect(run["state"] == "errored")
      #expect(run["reason"] == "release with tag 'v3' not found")
      #expect(try stage.repository.releases.isEmpty, "a release is never made")
    }
  }

  @Test func `An asset of that name with other bytes stays, and the run is errored`() async throws {
    try await withMatriz {
      $0.pipeline.releaseAssets = ["dist/widget.bin"]
    } _: { stage, site in
      let first = try await Self.commit(stage)
      try await stage.repository.publishRelease(tag: "v4", target: first)
      #expect(try await stage.end(of: try await stage.pushTag("v4", at: first)).state == .success)
      let second = try await stage.repository.commit(files: ["payload.bin": "another"])
      let pushed = try await stage.pushTag("v4", at: second)
      #expect(try await stage.end(of: pushed).state == .error)
      #expect(try await site.run(pushed.run)["reason"]?.string?.contains("widget.bin") == true)
      #expect(try await stage.repository.assetContents("widget.bin", ofTag: "v4") == Self.payload)
    }
  }
}
