import Crypto
import HTTP

/// What the bodies of `/_fake/` say.
extension Service {
  /// `{"files": {"path": "text" | {"text" | "base64", "executable"}}, "removing", "message", "branch", "author"}`
  func push(_ body: [String: JSONValue], to name: String) async throws -> FakeRepository.Push {
    var files: [String: FakeFile] = [:]
    for (path, value) in body["files"]?.object ?? [:] {
      files[path] = try FakeFile(control: value, path: path)
    }
    return try await push(
      to: name, files: files, removing: body["removing"]?.array?.compactMap(\.string) ?? [],
      message: body.optional("message") ?? "Change", branch: body.optional("branch"),
      author: body.optional("author") ?? Self.defaultUser)
  }

  /// `{"event": "ping"}`, or `{"event", "action", "repository", "payload"}` with a payload of the test's own.
  func deliver(_ body: [String: JSONValue]) async throws -> FakeGitHub.Delivery? {
    let event = try body.text("event")
    if event == "ping" { return await deliverPing() }
    let repository = try found(try body.text("repository"))
    return try await deliver(
      event, body.optional("action"), body["payload"] ?? [:], of: repository)
  }

  /// The named commit, else the default branch's.
  func sha(_ given: String?, in name: String) async throws -> String {
    let repository = try found(name)
    guard let sha = try await repository.git.commit(given ?? repository.defaultBranch) else {
      throw FakeGitHubError(.notFound, "\(name) has no commit '\(given ?? repository.defaultBranch)'")
    }
    return sha
  }

  static func control(_ pull: FakeGitHub.PullRequest) -> JSONValue {
    [
      "number": .integer(pull.number), "headSHA": .string(pull.headSHA),
      "baseSHA": .string(pull.baseSHA), "mergeSHA": JSONValue(pull.mergeSHA),
      "delivery": pull.delivery.map { detail($0) } ?? .null,
    ]
  }

  static func control(_ status: FakeGitHub.CommitStatus) -> JSONValue {
    [
      "id": .integer(status.id), "sha": .string(status.sha), "state": .string(status.state.rawValue),
      "context": .string(status.context), "description": JSONValue(status.description),
      "targetURL": JSONValue(status.targetURL), "createdAt": .string(status.createdAt),
    ]
  }

  static func control(_ request: FakeGitHub.RecordedRequest) -> JSONValue {
    [
      "id": .string(request.id), "method": .string(request.method), "path": .string(request.path),
      "query": JSONValue(request.query), "headers": .object(request.headers.mapValues { .string($0) }),
      "status": request.status.map { .integer(Int64($0)) } ?? .null, "fault": JSONValue(request.fault),
    ]
  }
}

extension FakeFile {
  init(control value: JSONValue, path: String) throws {
    if let text = value.string {
      self.init(stringLiteral: text)
      return
    }
    let bytes =
      value["text"]?.string.map { Array($0.utf8) } ?? value["base64"]?.string.flatMap { Base64.decode($0) }
    guard let bytes else {
      throw FakeGitHubError(.invalidArgument, "file '\(path)' has neither text nor base64")
    }
    self.init(bytes, isExecutable: value["executable"]?.bool ?? false)
  }
}

extension [String: JSONValue] {
  func optional(_ name: String) -> String? { self[name]?.string }

  func text(_ name: String) throws -> String {
    guard let text = optional(name) else {
      throw FakeGitHubError(.invalidArgument, "the body has no text '\(name)'")
    }
    return text
  }

  /// A number that is not negative and not absurd.
  func count(_ name: String) -> Int? {
    guard let value = self[name]?.integer, (0...1_000_000_000).contains(value) else { return nil }
    return Int(value)
  }
}
