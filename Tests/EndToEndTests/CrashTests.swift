import Crypto
import FakeGitHub
import FakeNomad
import Glibc
import HTTP
import Platform
import TestSupport
import Testing

/// The matriz dies, as by `kill -9`, at each point of a tag's run, and is started again on the same data and ports: the
/// run comes to its one end, and of what its task printed and made nothing is missing and nothing is there twice.
@Suite(.fewAtOnce) struct CrashTests {
  /// Points that a run comes to by itself, and how often it comes there before it dies.
  static let onTheWay: [String] = FaultPoint.allCases.filter { !atStartOrStop.contains($0) }.flatMap {
    point in
    switch point {
    // The first result is the clone's, the last one that of the file.
    case .resultReceived, .resultStored, .stepStarted, .commandSent:
      [1, 4, 5].map { "\(point.rawValue):\($0)" }
    case .logAppended, .logAcknowledged: [1, 6].map { "\(point.rawValue):\($0)" }
    default: [point.rawValue]
    }
  }

  private static let atStartOrStop: Set<FaultPoint> = [
    .stopping, .stoppingDrained, .startOpened, .startReconciled,
  ]

  @Test(arguments: onTheWay) func `Killed on the way, the run comes to its one end`(_ point: String)
    async throws
  {
    try await withTagRun { run in
      try await run.deployment.die(at: point) { _, _ in try await run.pushTag() }
      try await run.deployment.withMatriz { _, site in
        try await run.deliverAgainUnlessAnswered()
        try await run.expectItsOneEnd(at: site)
      }
    }
  }

  @Test(arguments: [FaultPoint.startOpened, .startReconciled])
  func `Killed while it starts with a run that is under way, it goes on with the next start`(
    _ point: FaultPoint
  ) async throws {
    try await withTagRun(waits: true) { run in
      try await run.deployment.withMatriz { _, _ in
        try await run.pushTag()
        try await run.gate.waitUntilReached()
      }
      try await run.deployment.die(at: point.rawValue)
      try await run.deployment.withMatriz { _, site in
        try await run.gate.pass()
        try await run.expectItsOneEnd(at: site)
      }
    }
  }

  @Test(arguments: [FaultPoint.stopping, .stoppingDrained])
  func `Killed while it stops, nothing is lost`(_ point: FaultPoint) async throws {
    try await withTagRun(waits: true) { run in
      try await run.deployment.die(at: point.rawValue) { program, _ in
        try await run.pushTag()
        try await run.gate.waitUntilReached()
        program.process.signal(SIGTERM)
      }
      try await run.gate.pass()
      try await run.deployment.withMatriz { _, site in try await run.expectItsOneEnd(at: site) }
    }
  }
}

private func withTagRun(waits: Bool = false, _ body: (TagRun) async throws -> Void) async throws {
  var github = FakeGitHubOptions()
  github.webhookEvents = ["push"]
  try await withStage(workers: .program, github: github) { stage in
    try await body(try await TagRun(on: stage, waits: waits))
  }
}

/// A tag's run whose task prints known bytes and makes a file, which is an artifact and an asset of the tag's release.
private struct TagRun {
  private static let assetPath = "dist/widget.bin"
  private static let tag = "v1"

  let stage: Stage
  let deployment: Deployment
  /// Where the task waits, if it does, before it prints or makes anything.
  let gate: Gate
  private let sha: String
  /// Not the smallest, so that they come in several messages.
  private let output = RandomBytes.generate(200_000)
  private let asset = RandomBytes.generate(700_000)

  /// Everything is there but the tag; the forge tells of no other event.
  init(on stage: Stage, waits: Bool) async throws {
    self.stage = stage
    deployment = try await Deployment(
      on: stage, more: "pipeline:\n  artifacts: [report.txt]\n  release_assets: [\(Self.assetPath)]\n")
    gate = try Gate(in: stage.folder)
    let script = """
      exec >&2
      \(waits ? gate.script : "true")
      mkdir dist
      cp asset.bin \(Self.assetPath)
      echo fine > report.txt
      cat output.bin
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
    let runs = try await site.runs()
    #expect(runs.count == 1)
    let id = try #require(runs.first?["id"]?.string)
    let sha = try #require(runs.first?["sha"]?.string)
    let pushed = PushedRun(sha: sha, run: id)
    #expect(try await stage.end(of: pushed).state == .success)
    let run = try await site.run(id)
    #expect(run["state"] == "succeeded", "\(run)")
    #expect(run["jobs"]?[0]?["attempt"] == 1)
    #expect(stage.nomad.allocations().count == 1)
    try await expectStatuses(of: pushed)
    try await expectLog(of: id, at: site)
    try await expectFiles(of: id, at: site)
  }

  /// The last word is the final one, and nothing else is said after it.
  private func expectStatuses(of pushed: PushedRun) async throws {
    let states = try stage.statuses(of: pushed).map(\.state)
    #expect(states.drop { $0 == .pending }.allSatisfy { $0 == .success }, "\(states)")
  }

  private func expectLog(of run: String, at site: Site) async throws {
    let log = try await site.log(of: run)
    #expect(log.bytes.suffix(output.count).elementsEqual(output))
    #expect(log.bytes.firstRange(of: output.prefix(32))?.lowerBound == log.bytes.count - output.count)
    #expect(log.headers["X-Log-Complete"] == "true")
    #expect(log.text.components(of: "mise trusted") == 1)
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

extension String {
  /// How often a text is in this one.
  fileprivate func components(of text: String) -> Int {
    var count = 0
    var rest = self[...]
    while let range = rest.firstRange(of: text) {
      count += 1
      rest = rest[range.upperBound...]
    }
    return count
  }
}
