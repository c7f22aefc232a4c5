import Configuration
import FakeGitHub
import FakeNomad
import HTTP
import Platform
import TestSupport
import Testing

/// A newer push, or head of a pull request, takes the place of what is still under way.
@Suite(.fewAtOnce) struct SupersedeTests {
  @Test func `A push stops the branch's run, which says by which it was superseded`() async throws {
    try await withStage { stage in
      let gate = try Gate(in: stage.folder)
      var configuration = stage.configuration
      configuration.limits.supersede = .branch
      configuration.limits.graceSeconds = 1
      try await stage.withMatriz(configuration) { site in
        let older = try await stage.push(task: gate.script)
        try await gate.waitUntilReached()
        let newer = try await stage.push(task: "true")
        let ended = try await stage.end(of: older)
        #expect(ended.state == .error)
        let shown = try await site.run(older.run)
        #expect(shown["state"] == "cancelled")
        #expect(shown["reason"]?.string == "superseded by run #2 (push of \(newer.sha.prefix(7)))")
        #expect(ended.description == shown["reason"]?.string)
        #expect(try await stage.end(of: newer).state == .success)
      }
    }
  }

  @Test func `A new head of a pull request ends the run of the old one`() async throws {
    try await withStage { stage in
      let gate = try Gate(in: stage.folder)
      var configuration = stage.configuration
      configuration.limits.supersede = .pullRequest
      configuration.limits.graceSeconds = 1
      try await stage.withMatriz(configuration) { site in
        let repository = stage.repository
        try await repository.commit(files: Stage.files(task: "true"))
        try await repository.commit(files: Stage.files(task: gate.script), branch: "topic")
        let opened = try await repository.openPullRequest(head: "topic")
        let older = PushedRun(sha: opened.headSHA, run: try Stage.run(of: opened.delivery))
        try await gate.waitUntilReached()
        try await repository.commit(files: Stage.files(task: "true # better"), branch: "topic")
        let moved = try await repository.synchronizePullRequest(opened.number)
        let newer = PushedRun(sha: moved.headSHA, run: try Stage.run(of: moved.delivery))
        #expect(try await stage.end(of: older).state == .error)
        let reason = try await site.run(older.run)["reason"]?.string
        #expect(reason == "superseded by run #2 (new head \(moved.headSHA.prefix(7)))")
        #expect(try await stage.end(of: newer).state == .success)
      }
    }
  }
}
