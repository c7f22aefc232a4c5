import Crypto
import Glibc
import HTTP
import Platform
import TestKit
import TestSupport
import Testing
import WorkerProtocol

@testable import Worker

@Suite("Cloning", .fewAtOnce)
struct CloneTests {
  static func copy(
    _ url: String, ref: String = "", commit: String = "", depth: UInt32 = 0,
    creds: ServerMessage.Credentials? = nil
  ) -> ServerMessage.Payload {
    var copy = ServerMessage.Copy()
    (copy.source, copy.dest) = (url, "src")
    (copy.ref, copy.commit, copy.depth, copy.creds) = (ref, commit, depth, creds)
    return .copy(copy)
  }

  /// Runs a clone in a new work folder, then tells what lies there.
  static func clone(
    environment: [String: String] = isolatedGitEnvironment, _ payload: ServerMessage.Payload,
    _ check: (CommandBench, CommandBench.Outcome) async throws -> Void
  ) async throws {
    try await CommandBench.with(environment: environment) { bench in
      try await check(bench, try await bench.carryOut(payload))
    }
  }

  static func git(_ bench: CommandBench, _ arguments: String...) async throws -> String {
    try await runProcess(
      "git", arguments, environment: isolatedGitEnvironment, workingDirectory: "\(bench.folder)/src"
    ).outputText
  }

  enum Commit: Sendable {
    case none, first, tip, merge, forgotten
  }

  static func id(_ commit: Commit, _ repository: TestRepository) -> String {
    switch commit {
    case .none: ""
    case .first: repository.first
    case .tip: repository.tip
    case .merge: repository.merge
    case .forgotten: repository.forgotten
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var ref = ""
    var commit = Commit.none
    var depth: UInt32 = 0
    let head: Commit
    let history: Int
  }

  @Test(
    "The commit that was asked for is checked out",
    arguments: [
      Case(testDescription: "nothing but a URL", head: .tip, history: 2),
      Case(testDescription: "a branch", ref: "refs/heads/main", head: .tip, history: 2),
      Case(testDescription: "a branch by its short name", ref: "main", head: .tip, history: 2),
      Case(testDescription: "the tip", ref: "refs/heads/main", commit: .tip, head: .tip, history: 2),
      Case(
        testDescription: "an older commit", ref: "refs/heads/main", commit: .first, head: .first, history: 1),
      Case(testDescription: "a tag", ref: "refs/tags/v1", commit: .first, head: .first, history: 1),
      Case(
        testDescription: "a pull request", ref: "refs/pull/7/merge", commit: .merge, head: .merge, history: 4),
      Case(
        testDescription: "a pull request, shallow", ref: "refs/pull/7/merge", commit: .merge, depth: 1,
        head: .merge,
        history: 1),
      Case(
        testDescription: "a commit below the depth", ref: "refs/heads/main", commit: .first, depth: 1,
        head: .first,
        history: 1),
      Case(
        testDescription: "a commit that the branch has left", ref: "refs/heads/main", commit: .forgotten,
        head: .forgotten, history: 3),
      Case(testDescription: "a commit without a ref", commit: .merge, head: .merge, history: 4),
    ])
  func checksOut(example: Case) async throws {
    try await withTemporaryDirectory { folder in
      let repository = try await TestRepository(in: "\(folder)/origin")
      let payload = Self.copy(
        repository.url, ref: example.ref, commit: Self.id(example.commit, repository), depth: example.depth)
      try await Self.clone(payload) { bench, outcome in
        #expect(outcome.exitCode == 0, "\(outcome.failure ?? "") \(outcome.errorText)")
        let head = try await Self.git(bench, "rev-parse", "HEAD")
        #expect(head == Self.id(example.head, repository))
        #expect(try await Self.git(bench, "rev-list", "--count", "HEAD") == "\(example.history)")
        #expect(try await Self.git(bench, "symbolic-ref", "--quiet", "HEAD") == "")
        #expect(try await Self.git(bench, "remote", "get-url", "origin") == repository.url)
      }
    }
  }

  @Test("A second clone into the same folder replaces the first")
  func again() async throws {
    try await withTemporaryDirectory { folder in
      let repository = try await TestRepository(in: "\(folder)/origin")
      try await Self.clone(Self.copy(repository.url)) { bench, _ in
        let outcome = try await bench.carryOut(Self.copy(repository.url, commit: repository.first), id: 2)
        #expect(outcome.exitCode == 0)
        #expect(try await Self.git(bench, "rev-parse", "HEAD") == repository.first)
      }
    }
  }

  @Test("What cannot be cloned is an error that says why")
  func errors() async throws {
    try await withTemporaryDirectory { folder in
      let repository = try await TestRepository(in: "\(folder)/origin")
      let missing = String(repeating: "0123456789", count: 4)
      let cases: [(payload: ServerMessage.Payload, text: String)] = [
        (Self.copy("file://\(folder)/nowhere"), "git fetch from file://\(folder)/nowhere failed"),
        (Self.copy(repository.url, ref: "refs/heads/none"), "git fetch"),
        (
          Self.copy(repository.url, ref: "refs/heads/main", commit: missing),
          "commit \(missing) was not found"
        ),
        (Self.copy(repository.url, commit: "--upload-pack=touch"), "is not a commit id"),
        (Self.copy(repository.url, ref: "--upload-pack=touch"), "is not a ref"),
        (Self.copy(repository.url, ref: "a:b"), "is not a ref"),
        (Self.copy("--upload-pack=touch"), "URL"), (Self.copy("ext::sh -c 'touch x'"), "git fetch"),
      ]
      for (index, example) in cases.enumerated() {
        try await Self.clone(example.payload) { _, outcome in
          #expect(outcome.exitCode == nil)
          #expect(outcome.failure?.contains(example.text) == true, "\(index): \(outcome.failure ?? "")")
        }
      }
    }
  }

  @Test("The credential opens the repository, and is in no argument, file or line of output")
  func credentials() async throws {
    try await withTemporaryDirectory { folder in
      let repository = try await TestRepository(in: "\(folder)/origin")
      let token = "t0p-s3cret-value"
      let header = "Basic " + Base64.encode(Array("x-access-token:\(token)".utf8))
      let server = try await repository.serve(authorization: header)
      let environment = try await Self.recordingGit(in: folder)
      let url = "http://127.0.0.1:\(server.port)/r.git"
      for (url, creds) in [
        (url, ServerMessage.Credentials(.token(token))),
        (url, .init(.basic(.init(username: "x-access-token", password: token)))),
        ("http://x-access-token:\(token)@127.0.0.1:\(server.port)/r.git", nil),
      ] {
        try await Self.clone(environment: environment, Self.copy(url, creds: creds)) { bench, outcome in
          #expect(outcome.exitCode == 0, "\(outcome.failure ?? "") \(outcome.errorText)")
          #expect(try await Self.git(bench, "rev-parse", "HEAD") == repository.tip)
          #expect(!(outcome.outputText + outcome.errorText).contains(token))
          for secret in [token, Base64.encode(Array(":\(token)".utf8)), String(header.dropFirst(6))] {
            let found = try await runProcess(
              "grep", ["-rlF", "--", secret, bench.folder, "\(folder)/arguments"])
            #expect(found.outputText == "")
          }
        }
      }
      let recorded = try await runProcess("cat", ["\(folder)/arguments"]).outputText
      #expect(recorded.contains("fetch"))
      await server.shutdown(graceSeconds: 1)
    }
  }

  @Test("A wrong credential is an error, and nobody is asked for another")
  func wrongCredential() async throws {
    try await withTemporaryDirectory { folder in
      let repository = try await TestRepository(in: "\(folder)/origin")
      let server = try await repository.serve(authorization: "Basic right")
      let url = "http://127.0.0.1:\(server.port)/r.git"
      for creds in [nil, ServerMessage.Credentials(.token("wrong-one"))] {
        try await Self.clone(Self.copy(url, creds: creds)) { _, outcome in
          #expect(outcome.failure == "git fetch from \(url) failed (exit code 128)")
          #expect(!outcome.errorText.contains("wrong-one"))
        }
      }
      await server.shutdown(graceSeconds: 1)
    }
  }

  @Test("A clone that hangs is cancelled")
  func cancel() async throws {
    let asked = Watched(false)
    let server = try await HTTPServer.start { _ in
      asked.withLock { $0 = true }
      let never = Watched(false)
      _ = try? await never.value { $0 ? true : nil }
      return .empty(500)
    }
    try await CommandBench.with(environment: isolatedGitEnvironment) { bench in
      bench.open()
      bench.send(ServerMessage(id: 1, Self.copy("http://127.0.0.1:\(server.port)/r.git")))
      _ = try await asked.value(timeoutSeconds: 60, waitingFor: "git") { $0 ? true : nil }
      bench.send(ServerMessage(.cancel(.init(id: 1, graceSeconds: 5))))
      let outcome = try await bench.outcome(of: 1)
      #expect(outcome.failure == "cancelled")
    }
    await server.shutdown(graceSeconds: 0)
  }

  /// A `git` that writes its arguments down before it does its work.
  private static func recordingGit(in folder: String) async throws -> [String: String] {
    let path = isolatedGitEnvironment["PATH"] ?? ""
    let script = """
      mkdir '\(folder)/bin'; cd '\(folder)/bin'; touch '\(folder)/arguments'
      printf '#!/bin/sh\\necho "$@" >> %s/arguments\\nexec %s "$@"\\n' '\(folder)' "$(command -v git)" > git
      chmod +x git
      """
    _ = try await runProcess("sh", ["-c", script], environment: ["PATH": path])
    return isolatedGitEnvironment.merging(["PATH": "\(folder)/bin:\(path)"]) { _, new in new }
  }
}
