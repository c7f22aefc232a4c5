import Crypto
import Forge
import ForgeGitHub
import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce)
struct WebhookDecodingTests {
  typealias Examples = WebhookExamples

  static let repository = WebhookRepository(
    name: "acme/widgets", cloneURL: "https://github.example/acme/widgets.git", installationID: 42)

  struct Example: Sendable, CustomTestStringConvertible {
    var name: String
    var event: String
    var payload: JSONValue
    var expected: WebhookEvent
    var testDescription: String { name }
  }

  static let examples = [
    Example(
      name: "a push to a branch", event: "push", payload: Examples.push,
      expected: .push(
        .init(
          repository: repository, ref: "refs/heads/main", sha: Examples.sha, message: Examples.message,
          sender: "mona"))),
    Example(
      name: "a push to a branch with a slash", event: "push",
      payload: Examples.push.setting(["ref": "refs/heads/a/b#1"]),
      expected: .push(
        .init(
          repository: repository, ref: "refs/heads/a/b#1", sha: Examples.sha, message: Examples.message,
          sender: "mona"))),
    Example(
      name: "a push without head commit, sender and installation", event: "push",
      payload: Examples.push.setting(["head_commit": nil, "sender": nil, "installation": nil]),
      expected: .push(
        .init(
          repository: .init(name: repository.name, cloneURL: repository.cloneURL, installationID: nil),
          ref: "refs/heads/main", sha: Examples.sha, message: "", sender: ""))),
    Example(
      name: "a push of an annotated tag is about the tag's commit", event: "push", payload: Examples.tagPush,
      expected: .tagPush(
        .init(
          repository: repository, ref: "refs/tags/v1.2", tag: "v1.2", sha: Examples.sha,
          message: Examples.message,
          sender: "mona"))),
    Example(
      name: "a push of a plain tag", event: "push",
      payload: Examples.push.setting(["ref": "refs/tags/release/1"]),
      expected: .tagPush(
        .init(
          repository: repository, ref: "refs/tags/release/1", tag: "release/1", sha: Examples.sha,
          message: Examples.message, sender: "mona"))),
    Example(
      name: "a deleted branch", event: "push",
      payload: Examples.push.setting([
        "deleted": true, "after": .string(Examples.nullSHA), "head_commit": nil,
      ]),
      expected: .ignored(reason: "'refs/heads/main' was deleted")),
    Example(
      name: "a deleted tag that only its null object name tells", event: "push",
      payload: Examples.tagPush.setting([
        "deleted": nil, "after": .string(Examples.nullSHA), "head_commit": nil,
      ]),
      expected: .ignored(reason: "'refs/tags/v1.2' was deleted")),
    Example(
      name: "a push to notes", event: "push", payload: Examples.push.setting(["ref": "refs/notes/commits"]),
      expected: .ignored(reason: "'refs/notes/commits' is neither a branch nor a tag")),
    Example(
      name: "an opened pull request", event: "pull_request", payload: Examples.pullRequest,
      expected: .pullRequest(pullRequest(mergeSHA: Examples.mergeSHA, fromFork: false))),
    Example(
      name: "a pull request that was not merged yet", event: "pull_request",
      payload: Examples.pullRequest.setting(["action": "reopened", "pull_request.merge_commit_sha": nil]),
      expected: .pullRequest(pullRequest(mergeSHA: nil, fromFork: false))),
    Example(
      name: "a pull request from a fork", event: "pull_request",
      payload: Examples.pullRequest.setting(["action": "synchronize", "pull_request.head.repo.id": 18]),
      expected: .pullRequest(pullRequest(mergeSHA: Examples.mergeSHA, fromFork: true))),
    Example(
      name: "a pull request whose repository is gone", event: "pull_request",
      payload: Examples.pullRequest.setting(["pull_request.head.repo": nil]),
      expected: .pullRequest(pullRequest(mergeSHA: Examples.mergeSHA, fromFork: true))),
    Example(
      name: "a closed pull request", event: "pull_request",
      payload: Examples.pullRequest.setting(["action": "closed"]),
      expected: .ignored(reason: "a pull request that is 'closed' starts nothing")),
    Example(
      name: "a published release", event: "release", payload: Examples.release,
      expected: .releasePublished(.init(repository: repository, tag: "v1.2", sender: "mona"))),
    Example(
      name: "a release that was edited", event: "release",
      payload: Examples.release.setting(["action": "edited"]),
      expected: .ignored(reason: "a release that is 'edited' starts nothing")),
    Example(name: "a ping", event: "ping", payload: ["zen": "Speak like a human."], expected: .ping),
    Example(
      name: "a branch that was created", event: "create", payload: ["ref": "main"],
      expected: .ignored(reason: "'create' starts nothing: the push of that branch or tag does")),
  ]

  static func pullRequest(mergeSHA: String?, fromFork: Bool) -> WebhookEvent.PullRequest {
    .init(
      repository: repository, number: 7, ref: "refs/pull/7/merge", sha: Examples.sha, mergeSha: mergeSHA,
      title: "A better screw", sender: "mona", fromFork: fromFork)
  }

  @Test("an event is read for what it means", arguments: examples)
  func decode(example: Example) throws {
    let request = Examples.request(example.event, example.payload.bytes())
    let delivery = try Examples.forge().decodeWebhook(request)
    #expect(delivery.event == example.expected)
    #expect(delivery.name == example.event)
    #expect(delivery.id == "72d3162e-cc78-11e3-81ab-4c9367dc0958")
  }

  @Test("a payload in a form is read as well", arguments: ["", "; charset=utf-8"])
  func form(parameters: String) throws {
    let payload = Examples.push.setting(["head_commit.message": "50 % & more + ünïcode"])
    let encoded = payload.bytes().map { byte in
      byte == UInt8(ascii: " ")
        ? "+" : "%" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16).uppercased()
    }
    let body = Array("other=1&payload=\(encoded.joined())".utf8)
    let request = Examples.request(
      "push", body, contentType: "application/x-www-form-urlencoded" + parameters)
    guard case .push(let push) = try Examples.forge().decodeWebhook(request).event else {
      Issue.record("not a push")
      return
    }
    #expect(push.title == "50 % & more + ünïcode")
  }

  @Test("a configured web address takes the place of the payload's")
  func webURL() throws {
    let forge = Examples.forge(webURL: "http://git.internal:8080/")
    guard
      case .push(let push) = try forge.decodeWebhook(Examples.request("push", Examples.push.bytes())).event
    else {
      Issue.record("not a push")
      return
    }
    #expect(push.repository.cloneURL == "http://git.internal:8080/acme/widgets.git")
  }

  /// `pushed_at` as it comes, and in milliseconds what is read of it.
  @Test(
    "a push says when it was, in either of two forms",
    arguments: [
      (1_700_000_000, 1_700_000_000_000), ("2023-11-14T22:13:20Z", 1_700_000_000_000), ("soon", nil),
      (nil, nil),
      (.integer(.max), nil),
    ] as [(JSONValue, Int64?)])
  func pushedAt(value: JSONValue, milliseconds: Int64?) throws {
    let payload = Examples.push.setting(["repository.pushed_at": value])
    guard
      case .push(let push) = try Examples.forge().decodeWebhook(Examples.request("push", payload.bytes()))
        .event
    else {
      Issue.record("not a push")
      return
    }
    #expect(push.pushedAt?.milliseconds == milliseconds)
  }

  @Test("a webhook that was kept is read again without its signature, whatever the secret is now")
  func kept() throws {
    let form = "payload=" + Examples.push.bytes().map { "%" + Hexadecimal.encode([$0]) }.joined()
    let request = Examples.request(
      "push", Array(form.utf8), contentType: "application/x-www-form-urlencoded; charset=utf-8")
    let webhook = try Examples.forge().authenticate(request)
    #expect(webhook.headers.keys.sorted() == ["content-type", "x-github-delivery", "x-github-event"])
    let other = Examples.forge(secrets: ["a new secret"])
    let delivery = try Examples.forge().decodeWebhook(request)
    #expect(try other.decode(webhook) == delivery)
    #expect(try other.payload(of: webhook) == Examples.push.bytes())
  }

  @Test("a long title is cut")
  func longTitle() throws {
    let payload = Examples.push.setting(["head_commit.message": .string(String(repeating: "x", count: 5_000))]
    )
    guard
      case .push(let push) = try Examples.forge().decodeWebhook(Examples.request("push", payload.bytes()))
        .event
    else {
      Issue.record("not a push")
      return
    }
    #expect(push.title == String(repeating: "x", count: 200))
  }

  struct Broken: Sendable, CustomTestStringConvertible {
    var event: String
    var payload: JSONValue
    /// What the message must name.
    var named: String
    var testDescription: String { "\(event): \(named)" }
  }

  static let broken = [
    Broken(event: "push", payload: [], named: "push"),
    Broken(event: "push", payload: Examples.push.setting(["ref": nil]), named: "ref"),
    Broken(event: "push", payload: Examples.push.setting(["ref": 1]), named: "ref"),
    Broken(event: "push", payload: Examples.push.setting(["ref": "main"]), named: "ref"),
    Broken(event: "push", payload: Examples.push.setting(["ref": "refs/heads/a b"]), named: "ref"),
    Broken(event: "push", payload: Examples.push.setting(["ref": "refs/heads/../x"]), named: "ref"),
    Broken(event: "push", payload: Examples.push.setting(["ref": "refs/heads/a\nb"]), named: "ref"),
    Broken(event: "push", payload: Examples.push.setting(["after": "--upload-pack=x"]), named: "after"),
    Broken(event: "push", payload: Examples.push.setting(["after": "ABCDEF"]), named: "after"),
    Broken(
      event: "push", payload: Examples.tagPush.setting(["head_commit.id": "x"]), named: "head_commit.id"),
    Broken(event: "push", payload: Examples.push.setting(["repository": nil]), named: "repository"),
    Broken(
      event: "push", payload: Examples.push.setting(["repository.full_name": "acme/../x"]), named: "acme/../x"
    ),
    Broken(event: "push", payload: Examples.push.setting(["repository.full_name": "acme"]), named: "acme"),
    Broken(
      event: "push", payload: Examples.push.setting(["repository.clone_url": "file:///etc"]),
      named: "clone_url"),
    Broken(
      event: "push", payload: Examples.push.setting(["repository.clone_url": "ext::sh"]), named: "clone_url"),
    Broken(event: "pull_request", payload: Examples.pullRequest.setting(["number": 0]), named: "number"),
    Broken(event: "pull_request", payload: Examples.pullRequest.setting(["number": 1.5]), named: "number"),
    Broken(
      event: "pull_request", payload: Examples.pullRequest.setting(["pull_request.head.sha": ""]),
      named: "pull_request.head.sha"),
    Broken(
      event: "pull_request", payload: Examples.pullRequest.setting(["pull_request.merge_commit_sha": "HEAD"]),
      named: "merge_commit_sha"),
    Broken(event: "pull_request", payload: Examples.pullRequest.setting(["action": nil]), named: "action"),
    Broken(
      event: "release", payload: Examples.release.setting(["release.tag_name": "a..b"]), named: "tag_name"),
    Broken(event: "release", payload: Examples.release.setting(["release": nil]), named: "release"),
  ]

  @Test("a payload that is not what it should be is refused, and the message says where", arguments: broken)
  func malformed(example: Broken) throws {
    let error = #expect(throws: ForgeError.self) {
      try Examples.forge().decodeWebhook(Examples.request(example.event, example.payload.bytes()))
    }
    #expect(error?.code == .malformed)
    #expect(error?.message.contains(example.named) == true, "\(error?.message ?? "")")
  }

  @Test(
    "a body that cannot be read is refused",
    arguments: [
      ("application/json", ""), ("application/json", "{"), ("application/json", "\u{0}"),
      ("application/json", "nope"),
      ("application/json", String(repeating: "[", count: 100_000)), ("application/x-www-form-urlencoded", ""),
      ("application/x-www-form-urlencoded", "payload"), ("application/x-www-form-urlencoded", "payload="),
      ("application/x-www-form-urlencoded", "payload=%7"),
      ("application/x-www-form-urlencoded", "payload=%zz"),
      ("application/x-www-form-urlencoded", "other=%7B%7D"),
    ])
  func unreadable(contentType: String, body: String) async {
    let request = Examples.request("push", Array(body.utf8), contentType: contentType)
    #expect(await refusal { _ = try Examples.forge().decodeWebhook(request) } == .malformed)
  }

  @Test(
    "another content type is refused as such",
    arguments: ["", "text/plain", "application/jsonx", "multipart/form-data"])
  func contentType(contentType: String) async {
    let request = Examples.request("push", Examples.push.bytes(), contentType: contentType)
    #expect(await refusal { _ = try Examples.forge().decodeWebhook(request) } == .unsupportedMediaType)
  }

  @Test("a delivery without its id or event is refused", arguments: ["X-GitHub-Event", "X-GitHub-Delivery"])
  func headers(missing: String) async {
    let body = Examples.push.bytes()
    var headers: HTTPHeaders = [
      "Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": "1",
      "X-Hub-Signature-256": Examples.signature(of: body),
    ]
    for value in [nil, "", "a b", String(repeating: "x", count: 129)] {
      headers[missing] = value
      let request = WebhookRequest(headers: headers, body: body)
      #expect(await refusal { _ = try Examples.forge().decodeWebhook(request) } == .malformed)
    }
  }

  @Test("a body over the limit is refused")
  func tooLarge() async {
    let body = [UInt8](repeating: UInt8(ascii: " "), count: GitHubConfiguration.maximumWebhookBytes + 1)
    let request = WebhookRequest(headers: [] as [(name: String, value: String)], body: body)
    #expect(await refusal { _ = try Examples.forge().decodeWebhook(request) } == .tooLarge)
  }
}
