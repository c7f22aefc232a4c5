import Crypto
import Forge
import ForgeGitHub
import HTTP

/// Webhooks as GitHub sends them, reduced to the fields that matter and a few that must not.
enum WebhookExamples {
  static let secret = "the secret that both sides know"
  static let sha = "8d1b6f6a1f0a4b7c9e2d3c4b5a69788796a5b4c3"
  static let tagObject = "1111111111111111111111111111111111111111"
  static let mergeSHA = "2222222222222222222222222222222222222222"
  static let nullSHA = "0000000000000000000000000000000000000000"

  static let message = "Turn the screw\n\nTwice, since once was not enough."

  static let repository: JSONValue = [
    "id": 17, "full_name": "acme/widgets", "name": "widgets", "private": true,
    "clone_url": "https://github.example/acme/widgets.git", "ssh_url": "git@github.example:acme/widgets.git",
  ]

  static let push: JSONValue = [
    "ref": "refs/heads/main", "before": .string(nullSHA), "after": .string(sha), "created": true,
    "deleted": false,
    "head_commit": [
      "id": .string(sha), "message": .string(message), "added": [],
    ],
    "repository": repository, "sender": ["login": "mona", "id": 1], "pusher": ["name": "mona"],
    "installation": ["id": 42],
  ]

  static let tagPush = push.setting(["ref": "refs/tags/v1.2", "after": .string(tagObject)])

  static let pullRequest: JSONValue = [
    "action": "opened", "number": 7, "repository": repository, "sender": ["login": "mona"],
    "installation": ["id": 42],
    "pull_request": [
      "title": "A better screw", "merge_commit_sha": .string(mergeSHA), "draft": false,
      "head": ["ref": "better", "sha": .string(sha), "repo": ["id": 17, "full_name": "acme/widgets"]],
      "base": ["ref": "main", "sha": .string(mergeSHA), "repo": ["id": 17]],
    ],
  ]

  static let release: JSONValue = [
    "action": "published", "release": ["id": 3, "tag_name": "v1.2", "draft": false, "assets": []],
    "repository": repository, "sender": ["login": "mona"], "installation": ["id": 42],
  ]

  static func signature(of body: [UInt8], secret: String = secret) -> String {
    "sha256=" + Hexadecimal.encode(HMACSHA256.authenticate(key: Array(secret.utf8), message: body))
  }

  /// A signed delivery.
  static func request(
    _ event: String, _ body: [UInt8], contentType: String = "application/json", secret: String = secret
  ) -> WebhookRequest {
    let headers: HTTPHeaders = [
      "Content-Type": contentType, "X-GitHub-Event": event,
      "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
      "X-Hub-Signature-256": signature(of: body, secret: secret),
    ]
    return WebhookRequest(headers: headers, body: body)
  }

  static func forge(secrets: [String] = [secret], webURL: String? = nil) -> GitHubForge {
    GitHubForge(
      GitHubConfiguration(identity: .token("none"), webhookSecrets: secrets, webURL: webURL),
      client: HTTPClient())
  }
}

extension JSONValue {
  /// The object with some fields replaced; a path's parts are joined by dots.
  func setting(_ fields: [String: JSONValue]) -> JSONValue {
    fields.reduce(self) { $0.setting($1.key.split(separator: ".").map(String.init), $1.value) }
  }

  private func setting(_ path: [String], _ value: JSONValue) -> JSONValue {
    guard let first = path.first else { return value }
    var fields = object ?? [:]
    fields[first] = (fields[first] ?? .object([:])).setting(Array(path.dropFirst()), value)
    return .object(fields)
  }
}

/// The code of the error that `body` throws; `nil` when it throws none.
func refusal(_ body: () async throws -> Void) async -> ForgeError.Code? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? ForgeError)?.code
  }
}
