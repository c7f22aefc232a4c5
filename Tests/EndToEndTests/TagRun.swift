import Crypto
import FakeGitHub
import FakeNomad
import Glibc
import HTTP
import Platform
import Testing

/// A tag's run whose task prints known bytes and makes a file, which is an artifact and an asset of the tag's release.
struct TagRun {
  private static let assetPath = "dist/widget.bin"
  private static let tag = "v1"
  /// What the task prints before its gate.
  private static let firstBytes = 60_000

  let stage: Stage
  let deployment: Deployment
  /// Where the task waits, if it does, when it has printed half.
  let gate: Gate
  private let sha: String
  /// Not the smallest, so that they come in several messages.
  private let output = RandomBytes.generate(200_000)
  private let asset = RandomBytes.generate(700_000)

  /// Everything is there but the tag; the forge tells of no other event.
  fileprivate init(on stage: Stage, waits: Bool, limits: [String: Int], server: String) async throws {
    self.stage = stage
    let limits = limits.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    deployment = try await Deployment(
      on: stage,
      more: """
        limits: {\(limits)}
        pipeline:
          artifacts: [report.txt]
          release_assets: [\(Self.assetPath)]

        """, server: server)
    gate = try Gate(in: stage.folder)
    let script = """
      exec >&2
      head -c \(Self.firstBytes) output.bin
      \(waits ? gate.script : "true")
      mkdir dist
      cp asset.bin \(Self.assetPath)
      echo fine > report.txt
      tail -c +\(Self.firstBytes + 1) output.bin
      """
    sha = try await stage.repository.commit(
      files: Stage.files(
        task: script, ["output.bin": FakeFile(output), "asset.bin": FakeFile(asset)]))
    try await stage.repository.publishRelease(tag: Self.tag, target: sha)
  }

  /// The tag's push; its webhook may find nobody.
  func pushTag() async throws {
    _ = try await stage.repository.pushTag(Self.tag, at: sha)
  }

  private var delivery: FakeGitHub.Delivery {
    get throws { try #require(stage.github.deliveries.last { $0.event == "push" }) }
  }

  /// GitHub shows a delivery that was not answered as failed, and is asked for it again.
  func deliverAgainUnlessAnswered() async throws {
    let first = try delivery
    guard first.status != 202 else { return }
    #expect(try await [200, 202].contains(stage.github.redeliver(first.id).status))
  }

  func expectItsOneEnd(at site: Site) async throws {
    let pushed = try await pushed(at: site)
    let id = pushed.run
    #expect(try await stage.end(of: pushed).state == .success)
    let run = try await site.run(id)
    #expect(run["state"] == "succeeded", "\(run)")
    #expect(run["jobs"]?[0]?["attempt"] == 1)
    #expect(stage.nomad.allocations().count == 1)
    try await expectStatuses(of: pushed)
    try await expectCheck(of: pushed)
    try await expectLog(of: id, at: site)
    try await expectFiles(of: id, at: site)
  }

  /// The run ends `errored` or `cancelled`, for a reason that is as expected, and the forge is told.
  func expectEnd(_ state: JSONValue, at site: Site, reason isExpected: (String) -> Bool) async throws {
    let pushed = try await pushed(at: site)
    #expect(try await stage.end(of: pushed).state == .error)
    let run = try await site.run(pushed.run)
    #expect(run["state"] == state)
    let reason = try #require(run["reason"]?.string)
    #expect(isExpected(reason), "\(reason)")
  }

  /// The only run that there is.
  func pushed(at site: Site) async throws -> PushedRun {
    let runs = try await site.runs()
    #expect(runs.count == 1)
    return PushedRun(
      sha: try #require(runs.first?["sha"]?.string), run: try #require(runs.first?["id"]?.string))
  }

  /// The last word is the final one, and nothing else is said after it.
  private func expectStatuses(of pushed: PushedRun) async throws {
    let states = try stage.statuses(of: pushed).map(\.state)
    #expect(states.drop { $0 == .pending }.allSatisfy { $0 == .success }, "\(states)")
  }

  /// There is one, and it did not go back.
  private func expectCheck(of pushed: PushedRun) async throws {
    let check = try await stage.completedCheck(of: pushed)
    #expect(check.conclusion == .success)
    #expect(check.history.drop { $0 != "success" }.allSatisfy { $0 == "success" }, "\(check.history)")
    #expect(try stage.repository.checkRuns(of: pushed.sha).count == 1)
  }

  private func expectLog(of run: String, at site: Site) async throws {
    let log = try await site.log(of: run)
    #expect(log.bytes.suffix(output.count).elementsEqual(output))
    #expect(log.bytes.firstRange(of: output.prefix(32))?.lowerBound == log.bytes.count - output.count)
    #expect(log.headers["X-Log-Complete"] == "true")
    #expect(log.text.ranges(of: "mise trusted").count == 1)
  }

  private func expectFiles(of run: String, at site: Site) async throws {
    let artifacts = try await site.artifacts(of: run)
    #expect(artifacts.keys.sorted() == ["report.txt", "widget.bin"])
    let report = try #require(artifacts["report.txt"])
    #expect(try await site.download(report).text == "fine\n")
    let widget = try #require(artifacts["widget.bin"])
    #expect(try await site.download(widget).bytes == asset)
    let release = try #require(try stage.repository.releases.first)
    #expect(release.assets.map(\.name) == ["widget.bin"])
    #expect(try await stage.repository.assetContents("widget.bin", ofTag: Self.tag) == asset)
  }
}

/// Gives `body` such a run on a stage of its own, to which the matriz comes later.
///
/// - Parameters:
///   - waits: whether its task stops at the gate when it has printed half.
///   - limits: of the configuration.
///   - server: further lines of the section `server`, indented.
func withTagRun(
  waits: Bool = false, limits: [String: Int] = [:], server: String = "", _ body: (TagRun) async throws -> Void
) async throws {
  var github = FakeGitHubOptions()
  github.webhookEvents = ["push"]
  try await withStage(workers: .program, github: github) { stage in
    try await body(try await TagRun(on: stage, waits: waits, limits: limits, server: server))
  }
}
