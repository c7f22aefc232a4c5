import FakeGitHub
import Forge
import ForgeGitHub
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce)
struct CheckTests {
  static let started = Timestamp(milliseconds: 1_700_000_000_000)
  static let ended = Timestamp(milliseconds: 1_700_000_060_000)

  static func check(
    _ state: Check.State, annotations: Int = 0, externalID: String = "run/1", actions: [Check.Action] = []
  ) -> Check {
    Check(
      name: "mise-ci", externalID: externalID, state: state, detailsURL: "http://ci.example/runs/1",
      startedAt: started, completedAt: ended, title: "A title", summary: "A *summary*", text: "A text",
      annotations: (0..<annotations).map {
        Check.Annotation(
          path: "a/b.c", startLine: $0 + 1, endLine: $0 + 1, startColumn: 2, endColumn: 3, level: .warning,
          message: "number \($0)", title: "A remark")
      }, actions: actions)
  }

  static func update(_ harness: ForgeHarness, _ check: Check) async throws(ForgeError) {
    try await harness.forge.updateCheck(repository: "acme/widgets", sha: harness.sha, check: check)
  }

  static func onlyRun(_ harness: ForgeHarness) throws -> FakeGitHub.CheckRun {
    let runs = try harness.repository.checkRuns(of: harness.sha)
    try #require(runs.count == 1)
    return runs[0]
  }

  @Test("a check arrives as it was meant, with its texts, remarks and buttons")
  func arrives() async throws {
    try await withForge { harness in
      let action = Check.Action(identifier: "rerun", label: "Re-run", description: "Builds it again")
      try await Self.update(harness, Self.check(.completed(.failure), annotations: 1, actions: [action]))
      let run = try Self.onlyRun(harness)
      #expect(run.name == "mise-ci")
      #expect(run.externalID == "run/1")
      #expect(run.detailsURL == "http://ci.example/runs/1")
      #expect(run.shownState == "failure")
      #expect(run.startedAt.hasPrefix("2023-11-14T22:13:20"))
      #expect(run.completedAt?.hasPrefix("2023-11-14T22:14:20") == true)
      #expect(run.output.title == "A title")
      #expect(run.output.summary == "A *summary*")
      #expect(run.output.text == "A text")
      let remark = try #require(run.output.annotations.first)
      #expect(remark.path == "a/b.c" && remark.level == .warning && remark.message == "number 0")
      #expect(
        remark.startLine == 1 && remark.endLine == 1 && remark.startColumn == 2 && remark.endColumn == 3)
      #expect(remark.title == "A remark")
      #expect(run.actions.map(\.identifier) == ["rerun"])
      #expect(run.actions.map(\.label) == ["Re-run"])
    }
  }

  @Test(
    "every conclusion is one that GitHub knows, and is read again",
    arguments: Check.Conclusion.allCases)
  func conclusions(conclusion: Check.Conclusion) async throws {
    try await withForge { harness in
      try await Self.update(harness, Self.check(.completed(conclusion)))
      #expect(try Self.onlyRun(harness).shownState == conclusion.rawValue)
      let shown = try await harness.forge.shownCheck(
        repository: "acme/widgets", sha: harness.sha, name: "mise-ci", externalID: "run/1")
      #expect(shown == .completed(conclusion))
    }
  }

  @Test("later states take the place of earlier ones, on the same check run, with one search before")
  func progress() async throws {
    try await withForge { harness in
      for state in [Check.State.queued, .inProgress, .completed(.success)] {
        try await Self.update(harness, Self.check(state))
      }
      #expect(try Self.onlyRun(harness).history == ["queued", "in_progress", "success"])
      #expect(harness.requests("GET", "/repos/acme/widgets/commits").count == 1)
      #expect(harness.requests("PATCH", "/repos/acme/widgets/check-runs").count == 2)
    }
  }

  @Test(
    "a check does not go back, whether or not the driver remembers it", arguments: [true, false])
  func backwards(isRemembered: Bool) async throws {
    try await withForge { harness in
      try await Self.update(harness, Self.check(.completed(.success)))
      let later = isRemembered ? harness.forge : harness.anotherForge()
      for state in [Check.State.inProgress, .queued] {
        try await later.updateCheck(repository: "acme/widgets", sha: harness.sha, check: Self.check(state))
      }
      #expect(try Self.onlyRun(harness).history == ["success"])
      #expect(harness.requests("PATCH", "/repos").isEmpty)
    }
  }

  @Test("what runs is not said to wait again")
  func waitsAgain() async throws {
    try await withForge { harness in
      try await Self.update(harness, Self.check(.inProgress))
      try await Self.update(harness, Self.check(.queued))
      #expect(try Self.onlyRun(harness).history == ["in_progress"])
    }
  }

  @Test("each external id has a check run of its own")
  func externalIDs() async throws {
    try await withForge { harness in
      try await Self.update(harness, Self.check(.completed(.failure), externalID: "run/1"))
      try await Self.update(harness, Self.check(.inProgress, externalID: "run/2"))
      let runs = try harness.repository.checkRuns(of: harness.sha)
      #expect(runs.map(\.externalID) == ["run/1", "run/2"])
      #expect(runs.map(\.shownState) == ["failure", "in_progress"])
      for (id, state) in [("run/1", Check.State.completed(.failure)), ("run/2", .inProgress), ("run/3", nil)]
      {
        let shown = try await harness.forge.shownCheck(
          repository: "acme/widgets", sha: harness.sha, name: "mise-ci", externalID: id)
        #expect(shown == state)
      }
    }
  }

  @Test(
    "annotations go in batches, and the end is said with the last of them",
    arguments: [(0, 1), (1, 1), (50, 1), (51, 2), (100, 2), (120, 3)])
  func batches(count: Int, requests: Int) async throws {
    try await withForge { harness in
      try await Self.update(harness, Self.check(.completed(.failure), annotations: count))
      let run = try Self.onlyRun(harness)
      #expect(run.output.annotations.map(\.message) == (0..<count).map { "number \($0)" })
      #expect(run.history == (requests == 1 ? ["failure"] : ["in_progress", "failure"]))
      let writes = harness.github.requests.filter { $0.path.contains("/check-runs") && $0.method != "GET" }
      #expect(writes.count == requests)
    }
  }

  @Test(
    "after a cut in the middle the annotations go on where GitHub has them",
    arguments: [FakeGitHub.Fault.cut, .cutAfterHandling, .respond(status: 502)], [0, 1, 2])
  func resumed(fault: FakeGitHub.Fault, after: Int) async throws {
    try await withForge { harness in
      let check = Self.check(.completed(.failure), annotations: 120)
      try await Self.update(harness, Self.check(.inProgress))
      // More than once: the client itself tries again when a connection that it kept turns out to be dead.
      harness.github.plan(
        fault, method: "PATCH", path: "/repos/acme/widgets/check-runs/*", times: 2, skipping: after)
      for _ in 0..<3 where try Self.onlyRun(harness).shownState != "failure" {
        try? await Self.update(harness, check)
      }
      let run = try Self.onlyRun(harness)
      #expect(run.output.annotations.map(\.message) == (0..<120).map { "number \($0)" })
      #expect(run.history == ["in_progress", "failure"])
    }
  }

  @Test("a check run whose making was not answered is found, not made twice")
  func lostAnswer() async throws {
    try await withForge { harness in
      harness.github.plan(.truncate(afterBytes: 10), method: "POST", path: "/repos/acme/widgets/check-runs")
      #expect(await refusal { try await Self.update(harness, Self.check(.inProgress)) } == .unavailable)
      try await Self.update(harness, Self.check(.completed(.success)))
      #expect(try Self.onlyRun(harness).history == ["in_progress", "success"])
    }
  }

  @Test("a check run that is remembered and gone is made again")
  func gone() async throws {
    try await withForge { harness in
      try await Self.update(harness, Self.check(.inProgress))
      harness.github.plan(.respond(status: 404), method: "PATCH", path: "/repos/acme/widgets/check-runs/*")
      #expect(await refusal { try await Self.update(harness, Self.check(.inProgress)) } == .notFound)
      try await Self.update(harness, Self.check(.completed(.success)))
      #expect(try Self.onlyRun(harness).shownState == "success")
    }
  }

  @Test("without the permission the error says which one is missing")
  func permission() async throws {
    try await withForge(change: { $0.permissions["checks"] = nil }) { harness in
      let error = await #expect(throws: ForgeError.self) {
        try await Self.update(harness, Self.check(.queued))
      }
      #expect(error?.code == .refused)
      #expect(error?.message.contains("the permission 'checks: ") == true, "\(error?.message ?? "")")
    }
  }

  @Test("a personal token has no checks, and nothing is asked")
  func personalToken() async throws {
    try await withForge(personalAccessToken: "ghp_1", identity: .token("ghp_1")) { harness in
      #expect(!harness.forge.supportsChecks)
      #expect(await refusal { try await Self.update(harness, Self.check(.queued)) } == .refused)
      let shown = try await harness.forge.shownCheck(
        repository: "acme/widgets", sha: harness.sha, name: "mise-ci", externalID: "run/1")
      #expect(shown == nil)
      #expect(harness.github.requests.isEmpty)
    }
  }

  @Test("what cannot be a commit or a repository is refused without a request")
  func malformed() async throws {
    try await withForge { harness in
      #expect(harness.forge.supportsChecks)
      for (repository, sha) in [("acme", harness.sha), ("acme/widgets", "main")] {
        let code = await refusal {
          try await harness.forge.updateCheck(repository: repository, sha: sha, check: Self.check(.queued))
        }
        #expect(code == .malformed)
      }
      #expect(harness.github.requests.isEmpty)
    }
  }

  @Test("what a check cannot have is cut to what it can")
  func cut() {
    let long = String(repeating: "é", count: 70_000)
    let check = Check(
      name: "a", externalID: "b", state: .queued, title: long, summary: long, text: long,
      actions: (0..<5).map { .init(identifier: "\($0)", label: long, description: long) })
    #expect(check.title.unicodeScalars.count == 255)
    #expect(check.summary.utf8.count <= Check.maximumTextBytes && check.summary.hasSuffix("é…"))
    #expect(check.text == check.summary)
    #expect(check.actions.map(\.identifier) == ["0", "1", "2"])
    #expect(check.actions[0].label.unicodeScalars.count == 20)
    #expect(check.actions[0].description.unicodeScalars.count == 40)
  }

  /// Start and end line, start and end column as given, and as they are.
  @Test(
    "numbers of an annotation that mean nothing mean the nearest thing",
    arguments: [
      ([3, 3, 1, 2], [3, 3, 1, 2]), ([3, 2, 1, 2], [3, 3, 1, 2]), ([0, -4, 1, 2], [1, 1, 1, 2]),
      ([3, 4, 1, 2], [3, 4, nil, nil]), ([3, 3, 0, -1], [3, 3, 1, 1]), ([3, 3, nil, 2], [3, 3, nil, nil]),
      ([3, 3, 7, nil], [3, 3, 7, nil]),
    ] as [([Int?], [Int?])])
  func annotation(given: [Int?], expected: [Int?]) {
    let annotation = Check.Annotation(
      path: "a", startLine: given[0] ?? 0, endLine: given[1] ?? 0, startColumn: given[2], endColumn: given[3],
      level: .notice, message: "")
    #expect(
      [annotation.startLine, annotation.endLine, annotation.startColumn, annotation.endColumn] == expected)
    #expect(annotation.message == "notice")
  }
}
