import FakeGitHub
import FakeNomad
import Glibc
import HTTP
import Platform
import Testing

/// A push that made a run.
struct PushedRun: Sendable {
  let sha: String
  let run: String
}

extension Stage {
  /// The files of a repository whose task `ci` is this shell script.
  ///
  /// mise's own words go to standard error. Between the two streams there is no order: a script whose output is to be
  /// the last of the log writes it there, too.
  static func files(task script: String, _ more: [String: FakeFile] = [:]) -> [String: FakeFile] {
    var files = more
    files["mise.toml"] = "[tasks.ci]\nrun = \"sh ci.sh\"\n"
    files["ci.sh"] = FakeFile(Array("set -eu\n\(script)\n".utf8))
    return files
  }

  /// Pushes a commit whose task `ci` is this shell script; the webhook must be answered 202 with a run.
  func push(
    task script: String, _ files: [String: FakeFile] = [:], branch: String? = nil,
    at location: SourceLocation = #_sourceLocation
  ) async throws -> PushedRun {
    try accepted(
      try await repository.push(files: Self.files(task: script, files), message: "Change it", branch: branch),
      at: location)
  }

  func pushTag(
    _ tag: String, at sha: String, message: String? = nil,
    location: SourceLocation = #_sourceLocation
  ) async throws -> PushedRun {
    try accepted(try await repository.pushTag(tag, at: sha, message: message), at: location)
  }

  /// The run that a push was answered with.
  func accepted(
    _ push: FakeRepository.Push, at location: SourceLocation = #_sourceLocation
  ) throws -> PushedRun {
    PushedRun(sha: push.sha, run: try Self.run(of: push.delivery, at: location))
  }

  /// The run that a delivery was answered with.
  static func run(
    of delivery: FakeGitHub.Delivery?, at location: SourceLocation = #_sourceLocation
  ) throws -> String {
    let delivery = try #require(delivery, sourceLocation: location)
    let text = "\(delivery.failure ?? delivery.responseText)"
    #expect(delivery.status == 202, "\(text)", sourceLocation: location)
    let body = try JSONValue(parsing: delivery.responseBody)
    return try #require(body["run"]?.string, sourceLocation: location)
  }

  /// Waits for the last status of a run. It is not told while a newer run speaks for the same commit.
  func end(of pushed: PushedRun) async throws -> FakeGitHub.CommitStatus {
    try await github.waitForStatus(
      repo: repository.fullName, sha: pushed.sha, timeoutSeconds: Self.patienceSeconds
    ) { $0.state != .pending && $0.targetURL?.hasSuffix("/runs/\(pushed.run)") == true }
  }

  /// Waits for the end of a commit that has several runs: the newest of them tells it.
  func anyEnd(at sha: String) async throws -> FakeGitHub.CommitStatus {
    try await github.waitForFinalStatus(
      repo: repository.fullName, sha: sha, timeoutSeconds: Self.patienceSeconds)
  }

  /// The statuses that a run has given its commit, in order.
  func statuses(of pushed: PushedRun) throws -> [FakeGitHub.CommitStatus] {
    try repository.statuses(of: pushed.sha).filter { $0.targetURL?.hasSuffix("/runs/\(pushed.run)") == true }
  }
}

extension Stage {
  /// The jobs' tokens that Nomad was given, in order.
  func dispatchedTokens() throws -> [String] {
    try nomad.requests.filter { $0.path.hasSuffix("/dispatch") }.compactMap { request in
      try JSONValue(parsing: request.body)["Meta"]?["token"]?.string
    }
  }
}

extension Stage {
  /// Writes a text file.
  func write(_ text: String, to path: String, mode: UInt32 = 0o644) async throws {
    try await BlockingExecutor.files.run {
      let file = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
      try Array(text.utf8).withUnsafeBytes { try file.writeAll($0) }
    }
  }
}
