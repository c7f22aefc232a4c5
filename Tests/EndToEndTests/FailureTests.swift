import Configuration
import FakeGitHub
import HTTP
import TestSupport
import Testing

/// Runs that do not go well, and what is said about them.
@Suite(.fewAtOnce) struct FailureTests {
  /// How a task ends, and the reason that the run gives.
  @Test(
    arguments: [
      ("exit 3", "mise run ci: exit code 3"),
      ("kill -9 $$", "mise run ci: exit code 137"),
      ("kill -TERM $$", "mise run ci: exit code 143"),
      ("no-such-program", "mise run ci: exit code 127"),
    ])
  func `A failing task makes the status a failure, with its exit code`(
    _ script: String, _ reason: String
  ) async throws {
    try await withMatriz { stage, site in
      let pushed = try await stage.push(task: script)
      let final = try await stage.end(of: pushed)
      #expect(final.state == .failure)
      #expect(final.description?.contains(reason) == true, "\(final.description ?? "")")
      let run = try await site.run(pushed.run)
      #expect(run["state"] == "failed")
      #expect(run["reason"]?.string == reason)
      #expect(run["jobs"]?[0]?["reason"]?.string == reason)
    }
  }

  @Test func `After a failure only the artifacts of every end are collected`() async throws {
    try await withMatriz {
      $0.pipeline.artifacts = [
        .init(path: "build.bin"), .init(path: "report.xml", type: "test", condition: .always),
      ]
    } _: { stage, site in
      let pushed = try await stage.push(task: "echo built > build.bin; echo broken > report.xml; exit 1")
      #expect(try await stage.end(of: pushed).state == .failure)
      let artifacts = try await site.artifacts(of: pushed.run)
      #expect(artifacts.keys.sorted() == ["report.xml"])
      let report = try #require(artifacts["report.xml"])
      #expect(try await site.download(report).text == "broken\n")
      let steps = try await site.run(pushed.run)["jobs"]?[0]?["steps"]?.array ?? []
      #expect(steps.map { $0["state"]?.string }.suffix(3) == ["failed", "skipped", "succeeded"])
    }
  }

  /// What the task leaves where a file should be.
  @Test(arguments: ["true", "mkdir out", "mkfifo out", "ln -s /nowhere out"])
  func `An artifact that is no file fails the run, and is named`(_ script: String) async throws {
    try await withMatriz {
      $0.pipeline.artifacts = [.init(path: "out")]
    } _: { stage, site in
      let pushed = try await stage.push(task: script)
      #expect(try await stage.end(of: pushed).state == .failure)
      let reason = try #require(try await site.run(pushed.run)["reason"]?.string)
      #expect(reason.hasPrefix("collect out: "), "\(reason)")
      #expect(try await site.artifacts(of: pushed.run).isEmpty)
    }
  }

  @Test func `A repository without the task fails, and its log says why`() async throws {
    try await withMatriz { stage, site in
      let pushed = try stage.accepted(
        try await stage.repository.push(files: ["mise.toml": "[tasks.other]\nrun = \"true\"\n"]))
      #expect(try await stage.end(of: pushed).state == .failure)
      #expect(try await site.log(of: pushed.run).text.contains("ci"))
    }
  }

  @Test func `A clone that is refused is errored, not failed`() async throws {
    try await withMatriz { stage, site in
      stage.github.plan(.respond(status: 403), pathPrefix: "/acme/widgets.git", times: 100)
      let pushed = try await stage.push(task: "true")
      #expect(try await stage.end(of: pushed).state == .error)
      let run = try await site.run(pushed.run)
      #expect(run["state"] == "errored")
      #expect(run["reason"]?.string?.hasPrefix("clone: ") == true)
    }
  }
}
