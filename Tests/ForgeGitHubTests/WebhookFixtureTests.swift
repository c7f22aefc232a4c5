import Crypto
import Forge
import ForgeGitHub
import FoundationEssentials
import HTTP
import Platform
import TestSupport
import Testing

/// The payloads of `Fixtures/webhooks`, one of each kind.
@Suite(.fewAtOnce)
struct WebhookFixtureTests {
  static let sha = "8d1b6f6a1f0a4b7c9e2d3c4b5a69788796a5b4c3"
  static let mergeSHA = "9a8b7c6d5e4f30211203f4e5d6c7b8a99b8a7c6d"
  static let externalID = "0190f3c1-0000-7000-8000-000000000001/1"
  static let repository = WebhookRepository(
    name: "acme/widgets", cloneURL: "https://github.example/acme/widgets.git", installationID: 42)
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/webhooks")

  static func time(_ text: String) -> Timestamp? { Timestamp(rfc3339: text) }

  static let expected: [String: WebhookEvent] = [
    "push.branch": .push(
      .init(
        repository: repository, ref: "refs/heads/main", sha: sha,
        message: "Turn the screw\n\nTwice, since once was not enough.", sender: "mona",
        pushedAt: time("2024-05-06T07:08:09Z"))),
    "push.annotated-tag": .tagPush(
      .init(
        repository: repository, ref: "refs/tags/v1.2", tag: "v1.2", sha: sha, message: "Turn the screw",
        sender: "mona")),
    "push.deleted": .ignored(reason: "'refs/heads/old' was deleted"),
    "pull_request.opened": pullRequest(fromFork: false),
    "pull_request.synchronize.fork": pullRequest(fromFork: true),
    "pull_request.closed": .ignored(reason: "a pull request that is 'closed' starts nothing"),
    "create.tag": .ignored(reason: "'create' starts nothing: the push of that branch or tag does"),
    "delete.branch": .ignored(reason: "'delete' starts nothing: the push of that branch or tag does"),
    "release.published": .releasePublished(.init(repository: repository, tag: "v1.2", sender: "mona")),
    "workflow_run.completed": .workflowRun(
      .init(
        repository: repository, runID: 1001, workflowID: 801, workflowPath: ".github/workflows/build.yml",
        workflowName: "Build", title: "Turn the screw", status: "completed", conclusion: "success",
        headSha: sha, headBranch: "main", event: "workflow_dispatch", attempt: 2,
        updatedAt: time("2024-05-06T07:12:00Z"))),
    "check_run.rerequested": .rerunRequested(
      .init(repository: repository, sha: sha, externalID: externalID, sender: "mona")),
    "check_run.rerequested.other-app": .ignored(reason: "it is about another app's check"),
    "check_run.requested_action": .actionRequested(
      .init(
        repository: repository, sha: sha, externalID: externalID, identifier: "rerun_failed",
        sender: "mona")),
    "check_run.completed": .ignored(reason: "a check that is 'completed' starts nothing"),
    "check_suite.rerequested": .rerunRequested(
      .init(repository: repository, sha: sha, externalID: nil, sender: "mona")),
    "check_suite.requested": .ignored(
      reason: "a check suite that is 'requested' starts nothing: the push does"),
    "installation.created": .installationChanged(
      account: "acme", action: "created", repositories: ["acme/widgets", "acme/gadgets"]),
    "installation.suspend": .installationChanged(account: "acme", action: "suspend", repositories: []),
    "installation_repositories.removed": .installationChanged(
      account: "acme", action: "removed", repositories: ["acme/gadgets"]),
    "repository.renamed": .repositoryMoved(from: "acme/screws", to: repository),
    "repository.transferred": .repositoryMoved(from: "mona/widgets", to: repository),
    "repository.archived": .ignored(reason: "a repository that is 'archived' starts nothing"),
    "ping": .ping,
    "star.created": .ignored(reason: "events of type 'star' start nothing"),
  ]

  static func pullRequest(fromFork: Bool) -> WebhookEvent {
    .pullRequest(
      .init(
        repository: repository, number: 7, ref: "refs/pull/7/merge", sha: sha, mergeSha: mergeSHA,
        title: "A better screw", sender: "mona", fromFork: fromFork,
        updatedAt: time("2024-05-06T07:09:10Z")))
  }

  static func payload(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: "\(name).json")))
  }

  static func event(of name: String) -> String { String(name.prefix { $0 != "." }) }

  /// The driver of the app that the fixtures are about.
  static func forge(appID: String = "4711") throws -> GitHubForge {
    GitHubForge(
      GitHubConfiguration(
        identity: .app(id: appID, privateKey: try appKey.get()), webhookSecrets: [WebhookExamples.secret]),
      client: HTTPClient())
  }

  @Test("every kind of webhook leads to its event", arguments: expected.keys.sorted())
  func event(name: String) throws {
    let request = WebhookExamples.request(Self.event(of: name), try Self.payload(name))
    #expect(try Self.forge().decodeWebhook(request).event == Self.expected[name])
  }

  @Test("every file is spoken of")
  func complete() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }
    #expect(files.sorted() == Self.expected.keys.sorted())
  }

  @Test("a form leads to the same as its JSON", arguments: expected.keys.sorted())
  func form(name: String) throws {
    let encoded = try Self.payload(name).map { "%" + Hexadecimal.encode([$0]) }.joined()
    let request = WebhookExamples.request(
      Self.event(of: name), Array("payload=\(encoded)".utf8), contentType: "application/x-www-form-urlencoded"
    )
    #expect(try Self.forge().decodeWebhook(request).event == Self.expected[name])
  }

  /// What an app is configured as, and whether the fixtures' check is its own.
  @Test(
    "what is asked for beside a check is for the app that made it, by either of its names",
    arguments: [
      ("4711", true), ("Iv1.0123456789abcdef", true), ("99", false), ("Iv1.fedcba9876543210", false),
    ])
  func ownApp(appID: String, isOwn: Bool) throws {
    for name in ["check_run.rerequested", "check_run.requested_action", "check_suite.rerequested"] {
      let request = WebhookExamples.request(Self.event(of: name), try Self.payload(name))
      let event = try Self.forge(appID: appID).decodeWebhook(request).event
      #expect(event == (isOwn ? Self.expected[name] : .ignored(reason: "it is about another app's check")))
    }
  }

  @Test("who is no app has no checks to ask for")
  func personalToken() throws {
    let request = WebhookExamples.request("check_run", try Self.payload("check_run.rerequested"))
    let event = try WebhookExamples.forge().decodeWebhook(request).event
    #expect(event == .ignored(reason: "it is about another app's check"))
  }

  struct Change: Sendable, CustomTestStringConvertible {
    var name: String
    var fields: [String: JSONValue]
    /// `nil`: it is malformed, and the message names `named`.
    var event: WebhookEvent?
    var named = ""
    var testDescription: String { "\(name) with \(fields)" }
  }

  static let changes = [
    Change(
      name: "check_run.rerequested", fields: ["check_run.external_id": ""],
      event: .ignored(reason: "the check has no 'external_id' of ours")),
    Change(
      name: "check_run.rerequested", fields: ["check_run.external_id": nil],
      event: .ignored(reason: "the check has no 'external_id' of ours")),
    Change(
      name: "check_run.rerequested", fields: ["check_run.app": nil],
      event: .ignored(reason: "it is about another app's check")),
    Change(
      name: "check_run.rerequested", fields: ["check_run.head_sha": "main"], named: "check_run.head_sha"),
    Change(name: "check_run.rerequested", fields: ["check_run": nil], named: "check_run"),
    Change(name: "check_run.rerequested", fields: ["action": 1], named: "action"),
    Change(
      name: "check_run.completed", fields: ["check_run": "nothing that is read"],
      event: .ignored(reason: "a check that is 'completed' starts nothing")),
    Change(name: "check_run.requested_action", fields: ["requested_action": nil], named: "requested_action"),
    Change(
      name: "check_run.requested_action",
      fields: ["requested_action.identifier": .string(String(repeating: "x", count: 21))],
      named: "requested_action.identifier"),
    Change(
      name: "check_suite.rerequested", fields: ["check_suite.head_sha": 7], named: "check_suite.head_sha"),
    Change(name: "repository.renamed", fields: ["changes": nil], named: "changes.repository.name.from"),
    Change(
      name: "repository.renamed", fields: ["changes.repository.name.from": "../x"], named: "acme/../x"),
    Change(
      name: "repository.transferred", fields: ["changes.owner.from": ["organization": ["login": "globex"]]],
      event: .repositoryMoved(from: "globex/widgets", to: repository)),
    Change(
      name: "repository.transferred", fields: ["changes.owner.from": [:]], named: "changes.owner.from"),
    Change(
      name: "installation.created", fields: ["installation.account": ["slug": "big"], "repositories": nil],
      event: .installationChanged(account: "big", action: "created", repositories: [])),
    Change(
      name: "installation.created", fields: ["installation.account": [:]], named: "installation.account"),
    Change(
      name: "installation.created", fields: ["repositories": [["full_name": "a/b/c"]]], named: "a/b/c"),
    Change(name: "workflow_run.completed", fields: ["workflow_run.id": 0], named: "workflow_run.id"),
    Change(name: "workflow_run.completed", fields: ["workflow_run.id": 1e300], named: "workflow_run"),
    Change(name: "workflow_run.completed", fields: ["workflow_run.run_attempt": -1], named: "run_attempt"),
    Change(name: "workflow_run.completed", fields: ["workflow_run.head_sha": ""], named: "head_sha"),
    Change(name: "ping", fields: ["hook": 3], event: .ping),
  ]

  @Test("odd payloads lead to what they say, or the message says what is wrong", arguments: changes)
  func change(change: Change) throws {
    let payload = try JSONValue(parsing: Self.payload(change.name)).setting(change.fields)
    let request = WebhookExamples.request(Self.event(of: change.name), payload.bytes())
    guard let event = change.event else {
      let error = #expect(throws: ForgeError.self) { try Self.forge().decodeWebhook(request) }
      #expect(error?.code == .malformed)
      #expect(error?.message.contains(change.named) == true, "\(error?.message ?? "")")
      return
    }
    #expect(try Self.forge().decodeWebhook(request).event == event)
  }
}
