import Configuration
import FakeGitHub
import HTTP
import TestSupport
import Testing

/// What a check shows of a run's output, and what pressing its buttons does.
@Suite(.fewAtOnce) struct CheckTests {
  /// Reports in both ways, with the absolute paths that tools like, and a secret in the file.
  private static let lint = """
    mkdir -p out
    echo "::error file=$PWD/src/a.c,line=3,title=Broken::it is"
    echo "::notice file=/etc/hosts::elsewhere"
    cat > out/lint.sarif <<END
    {"version":"2.1.0","runs":[{"tool":{"driver":{"name":"lint"}},"results":[{"ruleId":"R1","level":"note",
      "message":{"text":"the key is $DEPLOY_KEY"},"locations":[{"physicalLocation":{"artifactLocation":
      {"uri":"file://$PWD/src/b.c"},"region":{"startLine":7}}}]}]}]}
    END
    echo '```' >&2
    exit 3
    """

  @Test func `What commands and files in SARIF say is shown at its lines, and the end of the output`()
    async throws
  {
    try await withMatriz {
      $0.pipeline.sarif = ["out/lint.sarif", "out/missing.sarif"]
      $0.secrets = ["DEPLOY_KEY": Secret("not for everybody")]
    } _: { stage, site in
      let pushed = try await stage.push(task: Self.lint)
      #expect(try await stage.end(of: pushed).state == .failure)
      let check = try await stage.completedCheck(of: pushed)
      let found = check.output.annotations.map { annotation in
        [
          annotation.path, "\(annotation.startLine)", annotation.level.rawValue, annotation.title,
          annotation.message,
        ]
      }
      #expect(
        found == [
          ["src/a.c", "3", "failure", "Broken", "it is"],
          ["src/b.c", "7", "notice", "lint R1", "the key is ***"],
        ])
      let summary = try #require(check.output.summary)
      #expect(summary.contains("- **notice** ` /etc/hosts `: elsewhere"))
      #expect(summary.contains("lint\\.sarif"))
      #expect(check.output.text?.contains("\n````text\n") == true)
      #expect(check.output.text?.contains("\n::error file=") == true)

      let run = try await site.run(pushed.run)
      #expect(run["reason"] == "mise run ci: exit code 3")
      let states = run["jobs"]?[0]?["steps"]?.array?.suffix(2).map { $0["state"]?.string }
      #expect(states == ["succeeded", "skipped"])
    }
  }

  @Test func `A file in SARIF that is missing leaves a green run green`() async throws {
    try await withMatriz {
      $0.pipeline.sarif = ["missing.sarif"]
    } _: { stage, _ in
      let pushed = try await stage.push(task: "true")
      #expect(try await stage.end(of: pushed).state == .success)
      #expect(try await stage.completedCheck(of: pushed).conclusion == .success)
    }
  }

  @Test func `Pressing Re-run does the run again, and says who wanted it`() async throws {
    try await withMatriz { stage, site in
      let mark = "\(stage.folder)/mark"
      let pushed = try await stage.push(task: "if [ ! -e '\(mark)' ]; then touch '\(mark)'; exit 3; fi")
      let first = try await stage.completedCheck(of: pushed)
      #expect(first.conclusion == .failure)
      #expect(first.actions.map(\.identifier) == ["rerun"])
      let delivery = try #require(await stage.repository.rerun(checkRun: first.id, by: "mona"))
      #expect(try Stage.run(of: delivery) == pushed.run)
      let second = try await stage.completedCheck(of: pushed, attempt: 2)
      #expect(second.conclusion == .success)
      #expect(second.output.summary?.contains("Attempt 2, wanted by mona on GitHub.") == true)
      #expect(try await site.run(pushed.run)["rerunBy"] == "mona on GitHub")

      // All checks of the commit, and the button, do the same.
      #expect(try Stage.run(of: try await stage.repository.rerunChecks(of: pushed.sha)) == pushed.run)
      let third = try await stage.completedCheck(of: pushed, attempt: 3)
      #expect(
        try Stage.run(of: try await stage.repository.press("rerun", ofCheckRun: third.id)) == pushed.run)
      _ = try await stage.completedCheck(of: pushed, attempt: 4)

      // The same delivery again does nothing; a replay of it does it again.
      #expect(try await stage.github.redeliver(delivery.id).status == 200)
      #expect(try await site.run(pushed.run)["attempt"] == 4)
      let replay = try await site.send("POST", "/api/v1/deliveries/\(delivery.guid)/replay")
      #expect(replay.status == 202, "\(replay.text)")
      _ = try await stage.completedCheck(of: pushed, attempt: 5)
    }
  }

  @Test func `Pressing Approve lets a fork's run go on`() async throws {
    try await withMatriz { stage, site in
      let repository = stage.repository
      try await repository.commit(files: Stage.files(task: "true"))
      let fork = try await stage.github.addFork(of: repository, owner: "mallory")
      try await fork.commit(files: ["ci.sh": "true"], branch: "topic")
      let pull = try await repository.openPullRequest(head: "topic", fromFork: fork)
      let pushed = PushedRun(sha: pull.headSHA, run: try Stage.run(of: pull.delivery))
      let waiting = try await stage.github.waitForCheckRun(
        repo: repository.fullName, sha: pushed.sha, timeoutSeconds: Stage.patienceSeconds
      ) { $0.conclusion == .actionRequired }
      #expect(waiting.name == "mise-ci/pr")
      #expect(waiting.actions.map(\.identifier) == ["approve"])
      let stranger = try await repository.press("approve", ofCheckRun: waiting.id, by: "mallory")
      #expect(stranger?.status == 200)
      #expect(stranger?.responseText.contains("mallory may not approve") == true)
      #expect(try await site.run(pushed.run)["state"] == "waiting")
      try repository.addCollaborator("ann", .write)
      let delivery = try await repository.press("approve", ofCheckRun: waiting.id, by: "ann")
      #expect(try Stage.run(of: delivery) == pushed.run)
      #expect(try await stage.end(of: pushed).state == .success)
      #expect(try await site.run(pushed.run)["approvedBy"] == "ann on GitHub")
      // GitHub shows the newer one of two with one name.
      let check = try await stage.completedCheck(of: pushed)
      #expect(check.id > waiting.id && check.name == waiting.name && check.conclusion == .success)
      #expect(check.output.summary?.contains("Approved by ann on GitHub.") == true)
    }
  }

  @Test func `A repository that is renamed while its run goes on has the end of it under its new name`()
    async throws
  {
    try await withMatriz { stage, site in
      let gate = try Gate(in: stage.folder)
      let pushed = try await stage.push(task: gate.script)
      try await gate.waitUntilReached()
      let renamed = try await stage.repository.rename("gadgets")
      let told = try await stage.github.waitForDelivery { $0.event == "repository" }
      #expect(told.status == 200)
      #expect(
        try JSONValue(parsing: told.responseBody)["ignored"] == "acme/widgets is called acme/gadgets now")
      try await gate.pass()
      let final = try await stage.github.waitForFinalStatus(
        repo: renamed.fullName, sha: pushed.sha, timeoutSeconds: Stage.patienceSeconds)
      #expect(final.state == .success)
      #expect(try await site.run(pushed.run)["repository"] == "acme/gadgets")
      let next = try await renamed.push(files: Stage.files(task: "true # again"), message: "Again")
      let run = try Stage.run(of: next.delivery)
      #expect(try await site.run(run)["number"] == 2)
      _ = try await stage.github.waitForFinalStatus(
        repo: renamed.fullName, sha: next.sha, timeoutSeconds: Stage.patienceSeconds)
    }
  }
}
