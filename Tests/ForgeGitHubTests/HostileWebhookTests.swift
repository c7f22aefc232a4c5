import Crypto
import Forge
import ForgeGitHub
import HTTP
import Platform
import TestSupport
import Testing

/// Payloads that nobody would send but to do harm. Each of them leads to an event or to a refusal, none to a crash.
@Suite(.fewAtOnce)
struct HostileWebhookTests {
  typealias Fixtures = WebhookFixtureTests

  static let events = [
    "check_run", "check_suite", "create", "installation", "installation_repositories", "ping", "pull_request",
    "push", "release", "repository", "workflow_run", "star",
  ]

  /// What stands for any part of a payload.
  static let oddities: [JSONValue] = [
    nil, true, -1, .integer(.max), 1e308, "", "\u{0}\u{202E}",
    .string(String(repeating: "../", count: 2_000)), [],
    ["a": [:]], [nil],
  ]

  /// The forge's refusals, which the route answers with a 4xx.
  static let refusals: Set<ForgeError.Code> = [.malformed, .unsupportedMediaType]

  /// Whether a payload leads to something that there is an answer for.
  static func isSettled(_ event: String, _ body: [UInt8], _ forge: GitHubForge) -> Bool {
    do {
      _ = try forge.decodeWebhook(WebhookExamples.request(event, body))
      return true
    } catch {
      return refusals.contains(error.code) && error.message.utf8.count < 5_000
    }
  }

  /// Every object of a payload with each of its members replaced by something odd, and left out.
  static func variants(of value: JSONValue, depth: Int = 3) -> [JSONValue] {
    guard depth > 0, let fields = value.object else { return [] }
    return fields.flatMap { name, old -> [JSONValue] in
      let without = JSONValue.object(fields.filter { $0.key != name })
      let inside = variants(of: old, depth: depth - 1)
      return [without]
        + (oddities + inside).map { odd in .object(fields.merging([name: odd]) { _, new in new }) }
    }
  }

  /// Members that are read stand for all that are not.
  private static let read: Set<String> = [
    "action", "after", "app", "account", "added", "changes", "check_run", "check_suite", "client_id",
    "clone_url", "deleted", "external_id", "from", "full_name", "head", "head_commit", "head_sha", "id",
    "identifier", "installation", "login", "merge_commit_sha", "message", "name", "number", "owner", "path",
    "pull_request", "pushed_at", "ref", "release", "repo", "repositories", "repositories_removed",
    "repository", "requested_action", "run_attempt", "sender", "sha", "status", "tag_name", "title",
    "updated_at", "user", "workflow_id", "workflow_run",
  ]

  static func reduced(_ value: JSONValue) -> JSONValue {
    guard let fields = value.object else { return value }
    return .object(fields.filter { read.contains($0.key) }.mapValues(reduced))
  }

  @Test("any part of a payload may be anything", arguments: Fixtures.expected.keys.sorted())
  func anything(name: String) throws {
    let forge = try Fixtures.forge()
    let whole = Self.reduced(try JSONValue(parsing: Fixtures.payload(name)))
    let event = Fixtures.event(of: name)
    for variant in Self.variants(of: whole) + Self.oddities {
      let body = variant.bytes()
      #expect(Self.isSettled(event, body, forge), "\(String(decoding: body.prefix(500), as: UTF8.self))")
    }
  }

  @Test("a payload that ends anywhere is refused", arguments: Fixtures.expected.keys.sorted())
  func truncated(name: String) async throws {
    let forge = try Fixtures.forge()
    let whole = Self.reduced(try JSONValue(parsing: Fixtures.payload(name))).bytes()
    for count in stride(from: 0, to: whole.count, by: 7) {
      let request = WebhookExamples.request(Fixtures.event(of: name), Array(whole.prefix(count)))
      #expect(await refusal { _ = try forge.decodeWebhook(request) } == .malformed, "\(count)")
    }
  }

  static let texts = [
    String(repeating: "[", count: 100_000), String(repeating: #"{"a":"#, count: 50_000),
    #"{"ref":"# + String(repeating: "[", count: 5_000) + String(repeating: "]", count: 5_000) + "}",
    #"{"action":"\ud800"}"#, #"{"action":"\u00"}"#, #"{"action":"a","#, #"{"number":1e999}"#,
    #"{"number":123456789012345678901234567890}"#, #"{"number":-}"#, #"{"action":NaN}"#, "{'action':'a'}",
    "{\"action\":\"a\u{0}\"}", "[]", "null", "1", "\"push\"", "{}{}", "// comment\n{}", "\u{FEFF}",
    "{\"\":" + String(repeating: "9", count: 100_000) + "}",
  ]

  @Test("JSON that is none, or no payload, is refused whatever event is read", arguments: texts)
  func text(text: String) async throws {
    let forge = try Fixtures.forge()
    for event in Self.events {
      // What is not read is hardly looked at.
      guard !["create", "ping", "star"].contains(event) else {
        #expect(Self.isSettled(event, Array(text.utf8), forge), "\(event)")
        continue
      }
      let request = WebhookExamples.request(event, Array(text.utf8))
      #expect(await refusal { _ = try forge.decodeWebhook(request) } == .malformed, "\(event)")
    }
  }

  /// Bytes that are no UTF-8, where a text is to be.
  @Test(
    "bytes that are no text are refused",
    arguments: [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]]
  )
  func noText(bytes: [UInt8]) throws {
    let forge = try Fixtures.forge()
    for event in Self.events {
      let body = Array(#"{"action":""#.utf8) + bytes + Array(#""}"#.utf8)
      #expect(Self.isSettled(event, body, forge))
    }
    let push = WebhookExamples.push.setting(["ref": "refs/heads/X"]).bytes()
    let at = try #require(push.firstIndex(of: UInt8(ascii: "X")))
    let body = Array(push[..<at]) + bytes + Array(push[(at + 1)...])
    #expect(Self.isSettled("push", body, forge))
  }

  @Test("of a name that comes twice one counts, and it is checked")
  func duplicates() throws {
    let forge = try Fixtures.forge()
    let push = String(decoding: WebhookExamples.push.bytes(), as: UTF8.self).dropFirst()
    for first in [#""ref":"refs/heads/../x","#, #""ref":7,"#, #""repository":null,"#] {
      #expect(Self.isSettled("push", Array("{\(first)\(push)".utf8), forge))
    }
  }

  @Test(
    "a form that is none, or has no payload, is refused",
    arguments: [
      "", "&", "=", "payload", "payload=", "Payload={}", "payload=%", "payload=%4", "payload=%GG",
      "payload=%7B",
      "a=1&b=2", "payload=&payload={}", "payload=%00", "payload=%FF%FE",
      String(repeating: "&", count: 100_000),
      String(repeating: "a=b&", count: 100_000), "payload=" + String(repeating: "%5B", count: 100_000),
    ])
  func form(body: String) async throws {
    let forge = try Fixtures.forge()
    for event in Self.events {
      let request = WebhookExamples.request(
        event, Array(body.utf8), contentType: "application/x-www-form-urlencoded")
      #expect(await refusal { _ = try forge.decodeWebhook(request) } == .malformed, "\(event)")
    }
  }

  @Test("a payload of the longest length is read")
  func longest() throws {
    let start = Array(#"{"pad":""#.utf8)
    let end = Array((#"","# + String(decoding: WebhookExamples.push.bytes().dropFirst(), as: UTF8.self)).utf8)
    let room = GitHubConfiguration.maximumWebhookBytes - start.count - end.count
    let json = start + [UInt8](repeating: UInt8(ascii: "x"), count: room) + end
    #expect(json.count == GitHubConfiguration.maximumWebhookBytes)
    guard case .push = try Fixtures.forge().decodeWebhook(WebhookExamples.request("push", json)).event else {
      Issue.record("not a push")
      return
    }
  }
}
