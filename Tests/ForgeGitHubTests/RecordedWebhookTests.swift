import Forge
import ForgeGitHub
import FoundationEssentials
import HTTP
import Platform
import TestSupport
import Testing

private let recordings = ProcessEnvironment["MISE_CI_CONTRACT_DATA"].map { "\($0)/webhooks" }

/// Webhooks that were recorded elsewhere, when a folder of them is named by `MISE_CI_CONTRACT_DATA`: `webhooks/manifest.json`
/// there lists the files and what each should lead to.
@Suite(.fewAtOnce)
struct RecordedWebhookTests {
  struct Entry: Decodable, Sendable {
    var file: String
    var event: String
    /// `run` or `ignore`.
    var expect: String
    var repo: String?
    var ref: String?
    var sha: String?
    var clone: String?
    var fork: Bool?
  }

  /// What events are that start nothing; `nil` is what is not looked at.
  private static let kinds = [
    "release": "release", "repository": "move", "installation": "installation",
    "installation_repositories": "installation", "workflow_run": "workflow run", "ping": "ping",
  ]

  private static func kind(of event: WebhookEvent) -> String? {
    switch event {
    case .releasePublished: "release"
    case .repositoryMoved: "move"
    case .installationChanged: "installation"
    case .workflowRun: "workflow run"
    case .ping: "ping"
    default: nil
    }
  }

  @Test(
    "every recorded webhook leads to what its manifest says",
    .enabled(if: recordings != nil, "MISE_CI_CONTRACT_DATA names no folder of recorded webhooks"))
  func manifest() throws {
    let folder = try #require(recordings)
    let entries = try JSONDecoder().decode(
      [Entry].self, from: Data(contentsOf: URL(filePath: "\(folder)/manifest.json")))
    #expect(!entries.isEmpty)
    for entry in entries {
      let body = [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(entry.file)")))
      let event = try WebhookExamples.forge().decodeWebhook(WebhookExamples.request(entry.event, body)).event
      switch event {
      case .push(let push):
        #expect(entry.expect == "run", "\(entry.file)")
        #expect(push.repository.name == entry.repo && push.repository.cloneURL == entry.clone)
        #expect(push.ref == entry.ref && push.sha == entry.sha)
      case .tagPush(let push):
        #expect(entry.expect == "run", "\(entry.file)")
        #expect(push.repository.name == entry.repo && push.ref == entry.ref && push.sha == entry.sha)
      case .pullRequest(let pullRequest):
        #expect(entry.expect == "run", "\(entry.file)")
        #expect(pullRequest.repository.name == entry.repo && pullRequest.repository.cloneURL == entry.clone)
        #expect(pullRequest.ref == entry.ref && pullRequest.sha == entry.sha)
        #expect(pullRequest.fromFork == entry.fork)
      case .releasePublished, .rerunRequested, .actionRequested, .repositoryMoved, .installationChanged,
        .workflowRun, .ping, .ignored:
        #expect(entry.expect == "ignore", "\(entry.file)")
        #expect(Self.kind(of: event) == Self.kinds[entry.event], "\(entry.file)")
      }
    }
  }
}
