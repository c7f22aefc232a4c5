import FakeGitHub
import Forge
import ForgeGitHub
import HTTP
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce)
struct StatusTests {
  static let status = CommitStatus(state: .pending, context: "mise-ci", description: "Waiting")

  @Test(
    "a status arrives as it was meant",
    arguments: [
      (CommitStatus.State.pending, FakeGitHub.CommitStatus.State.pending), (.success, .success),
      (.failure, .failure),
      (.error, .error),
    ])
  func states(state: CommitStatus.State, expected: FakeGitHub.CommitStatus.State) async throws {
    try await withForge { harness in
      let status = CommitStatus(
        state: state, context: "mise-ci/pr", description: "ünïcode & more",
        targetURL: "http://ci.example/runs/1")
      try await harness.forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: status)
      let arrived = try #require(try harness.repository.statuses(of: harness.sha).last)
      #expect(arrived.state == expected)
      #expect(arrived.context == "mise-ci/pr")
      #expect(arrived.description == "ünïcode & more")
      #expect(arrived.targetURL == "http://ci.example/runs/1")
    }
  }

  @Test(
    "a description that is too long is cut where a character ends",
    arguments: [
      (String(repeating: "x", count: 140), String(repeating: "x", count: 140)),
      (String(repeating: "x", count: 141), String(repeating: "x", count: 139) + "…"),
      (String(repeating: "x", count: 137) + "👨‍👩‍👧yyy", String(repeating: "x", count: 137) + "…"),
    ])
  func longDescription(text: String, cut: String) async throws {
    let status = CommitStatus(state: .error, context: "mise-ci", description: text)
    #expect(status.description == cut)
    try await withForge { harness in
      try await harness.forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: status)
      #expect(try harness.repository.statuses(of: harness.sha).last?.description == cut)
    }
  }

  @Test("what cannot be a commit or a repository is refused without a request")
  func malformed() async throws {
    try await withForge { harness in
      for repository in [
        "", "widgets", "acme/", "/widgets", "acme/widgets/x", "acme/..", "acme/wid gets", "acme/w?x",
      ] {
        let error = await #expect(throws: ForgeError.self) {
          try await harness.forge.updateStatus(repository: repository, sha: harness.sha, status: Self.status)
        }
        #expect(error?.code == .malformed)
        #expect(error?.message.hasPrefix("invalid repository format '\(repository)'") == true)
      }
      for sha in ["", "main", "8d1b6f6", harness.sha.uppercased(), harness.sha + "/../x"] {
        #expect(
          await refusal {
            try await harness.forge.updateStatus(repository: "acme/widgets", sha: sha, status: Self.status)
          } == .malformed)
      }
      #expect(harness.github.requests.isEmpty)
    }
  }

  @Test("a repository without the app is not found, and the error says why")
  func notInstalled() async throws {
    try await withForge { harness in
      try await harness.github.addRepository("other/things", isInstalled: false)
      for repository in ["other/things", "acme/nothing"] {
        let error = await #expect(throws: ForgeError.self) {
          try await harness.forge.updateStatus(repository: repository, sha: harness.sha, status: Self.status)
        }
        #expect(error?.code == .notFound)
        #expect(error?.message == "the app is not installed on '\(repository)'")
      }
    }
  }

  struct Answer: Sendable, CustomTestStringConvertible {
    var fault: FakeGitHub.Fault
    var code: ForgeError.Code
    var retryAfterSeconds: ClosedRange<Int64>?
    var isTransient = false
    /// What the message must contain.
    var named = "/repos/acme/widgets/statuses/"
    var testDescription: String { "\(fault)" }
  }

  static func inSeconds(_ seconds: Int64) -> String { String(Timestamp.now().milliseconds / 1_000 + seconds) }

  static let answers = [
    Answer(
      fault: .respond(status: 403, headers: ["Retry-After": "7"], body: #"{"message":"slow down"}"#),
      code: .rateLimited,
      retryAfterSeconds: 7...7, isTransient: true, named: "slow down"),
    Answer(
      fault: .respond(
        status: 403, headers: ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": inSeconds(3_000)],
        body: #"{"message":"API rate limit exceeded"}"#),
      code: .rateLimited, retryAfterSeconds: 2_000...3_000, isTransient: true),
    Answer(
      fault: .respond(status: 429, headers: ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"]),
      code: .rateLimited, retryAfterSeconds: 0...0, isTransient: true),
    Answer(
      fault: .respond(
        status: 403, headers: ["X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "-9223372036854775808"]),
      code: .rateLimited, retryAfterSeconds: 0...60, isTransient: true),
    Answer(fault: .respond(status: 429), code: .rateLimited, retryAfterSeconds: 60...60, isTransient: true),
    Answer(
      fault: .respond(status: 403, body: #"{"message":"You have exceeded a secondary rate limit."}"#),
      code: .rateLimited,
      retryAfterSeconds: 60...60, isTransient: true),
    Answer(
      fault: .respond(
        status: 403, headers: ["X-RateLimit-Remaining": "9"],
        body: #"{"message":"Resource not accessible by integration"}"#),
      code: .refused, named: "Resource not accessible"),
    Answer(fault: .respond(status: 404, body: #"{"message":"Not Found"}"#), code: .notFound),
    Answer(fault: .respond(status: 409), code: .conflict),
    Answer(
      fault: .respond(
        status: 422,
        body: #"{"message":"Validation Failed","errors":[{"code":"custom","message":"too many statuses"}]}"#),
      code: .refused, named: "Validation Failed; too many statuses"),
    Answer(
      fault: .respond(status: 422, body: #"{"message":"No","errors":["plain text"]}"#), code: .refused,
      named: "plain text"),
    Answer(fault: .respond(status: 422, body: #"{"message":1}"#), code: .refused),
    Answer(fault: .respond(status: 301), code: .refused),
    Answer(
      fault: .respond(status: 301, headers: ["Location": "/elsewhere"]), code: .refused,
      named: "another place than forge.api_url"),
    Answer(fault: .respond(status: 500, body: "<html>"), code: .unavailable, isTransient: true),
    Answer(
      fault: .respond(status: 503, headers: ["Retry-After": "5"]), code: .unavailable,
      retryAfterSeconds: 5...5,
      isTransient: true),
    Answer(fault: .cut, code: .unavailable, isTransient: true),
  ]

  @Test("an answer that is an error says what it means", arguments: answers)
  func failures(answer: Answer) async throws {
    try await withForge { harness in
      // More than once: the client tries again by itself when a connection that it kept turns out to be dead.
      harness.github.plan(
        answer.fault, method: "POST", pathPrefix: "/repos/acme/widgets/statuses", times: 9)
      let error = await #expect(throws: ForgeError.self) {
        try await harness.forge.updateStatus(
          repository: "acme/widgets", sha: harness.sha, status: Self.status)
      }
      #expect(error?.code == answer.code)
      #expect(error?.isTransient == answer.isTransient)
      #expect(error?.message.contains(answer.named) == true, "\(error?.message ?? "")")
      if let range = answer.retryAfterSeconds {
        #expect(error?.retryAfterSeconds.map(range.contains) == true)
      } else {
        #expect(error?.retryAfterSeconds == nil)
      }
    }
  }

  @Test("the status that a commit shows is the newest of its context")
  func shown() async throws {
    try await withForge { harness in
      func look(_ context: String) async throws -> CommitStatus? {
        try await harness.forge.shownStatus(repository: "acme/widgets", sha: harness.sha, context: context)
      }
      #expect(try await look("mise-ci") == nil)
      for (context, state) in [
        ("mise-ci", CommitStatus.State.pending), ("other", .error), ("mise-ci", .success),
      ] {
        let status = CommitStatus(
          state: state, context: context, description: "It is \(state)", targetURL: "http://ci.example/1")
        try await harness.forge.updateStatus(repository: "acme/widgets", sha: harness.sha, status: status)
      }
      let shown = CommitStatus(
        state: .success, context: "mise-ci", description: "It is success", targetURL: "http://ci.example/1")
      #expect(try await look("mise-ci") == shown)
      #expect(try await look("other")?.state == .error)
      #expect(try await look("mise-ci/pr") == nil)
    }
  }

  @Test("a status on a later page is found, and a list that goes in circles ends")
  func pages() async throws {
    try await withForge { harness in
      let page = { (context: String) in
        #"{"statuses":[{"state":"success","context":"\#(context)","description":null,"target_url":null}]}"#
      }
      for (context, next) in [("a", 2), ("b", 3), ("c", 2)] {
        harness.github.plan(
          .respond(
            status: 200, headers: ["Link": "<\(harness.github.apiURL)/x?page=\(next)>; rel=\"next\""],
            body: page(context)), method: "GET", path: "/repos/acme/widgets/commits/*/status", times: 1)
      }
      func look(_ context: String) async throws -> CommitStatus? {
        try await harness.forge.shownStatus(repository: "acme/widgets", sha: harness.sha, context: context)
      }
      let second = try await look("b")
      #expect(second?.state == .success)
      harness.github.clearFaults()
      for (context, next) in [("a", 2), ("b", 3), ("c", 2)] {
        harness.github.plan(
          .respond(status: 200, headers: ["Link": "</x?page=\(next)>; rel=next"], body: page(context)),
          method: "GET", path: "/repos/acme/widgets/commits/*/status", times: 1)
      }
      let absent = try await look("d")
      #expect(absent == nil)
      let queries = harness.requests("GET", "/repos/acme/widgets/commits/").map(\.query)
      #expect(queries == ["per_page=100", "page=2", "per_page=100", "page=2", "page=3"])
    }
  }
}
