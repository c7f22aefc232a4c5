import Configuration
import FakeGitHub
import FakeNomad
import HTTP
import Platform
import TestSupport
import Testing

/// Jobs that take too long.
@Suite(.fewAtOnce) struct LimitTests {
  @Test func `A job that takes too long is stopped and errored`() async throws {
    try await withStage { stage in
      let gate = try Gate(in: stage.folder)
      var configuration = stage.configuration
      configuration.limits.jobSeconds = 2
      try await stage.withMatriz(configuration) { site in
        let pushed = try await stage.push(task: gate.script)
        #expect(try await stage.end(of: pushed).state == .error)
        let run = try await site.run(pushed.run)
        #expect(run["state"] == "errored")
        #expect(run["reason"] == "the job took longer than 2 s")
        try await stage.waitUntilWorkersAreGone()
      }
    }
  }

  @Test func `A step that takes too long is named`() async throws {
    try await withStage { stage in
      let gate = try Gate(in: stage.folder)
      var configuration = stage.configuration
      configuration.limits.stepSeconds = 2
      try await stage.withMatriz(configuration) { site in
        let pushed = try await stage.push(task: gate.script)
        #expect(try await stage.end(of: pushed).state == .error)
        // On a busy machine an earlier step may be the one.
        let reason = try #require(try await site.run(pushed.run)["reason"]?.string)
        #expect(reason.hasPrefix("step '") && reason.hasSuffix("' took longer than 2 s"), "\(reason)")
        try await stage.waitUntilWorkersAreGone()
      }
    }
  }

  @Test func `A run that takes too long is stopped and errored`() async throws {
    try await withStage { stage in
      let gate = try Gate(in: stage.folder)
      var configuration = stage.configuration
      configuration.limits.runSeconds = 2
      try await stage.withMatriz(configuration) { site in
        let pushed = try await stage.push(task: gate.script)
        #expect(try await stage.end(of: pushed).state == .error)
        let run = try await site.run(pushed.run)
        #expect(run["state"] == "errored")
        #expect(run["reason"] == "the run took longer than 2 s")
        try await stage.waitUntilWorkersAreGone()
      }
    }
  }

  @Test func `A step that writes nothing for too long is stopped, and named`() async throws {
    try await withStage { stage in
      let gate = try Gate(in: stage.folder)
      var configuration = stage.configuration
      configuration.limits.idleOutputSeconds = 2
      try await stage.withMatriz(configuration) { site in
        let pushed = try await stage.push(task: gate.script)
        #expect(try await stage.end(of: pushed).state == .error)
        let reason = try #require(try await site.run(pushed.run)["reason"]?.string)
        #expect(reason.hasPrefix("step '") && reason.hasSuffix("' wrote nothing for 2 s"), "\(reason)")
        try await stage.waitUntilWorkersAreGone()
      }
    }
  }

  @Test func `A worker that dies leaves its run errored once its lease is over`() async throws {
    try await withStage(workers: .program) { stage in
      let gate = try Gate(in: stage.folder)
      var configuration = stage.configuration
      configuration.limits.leaseSeconds = 1
      try await stage.withMatriz(configuration) { site in
        // mise, sh -> the task; the worker leads the task's processes, and is the one that Nomad started.
        let pushed = try await stage.push(task: gate.script)
        try await gate.waitUntilReached()
        let allocation = try #require(stage.nomad.allocations().first)
        try stage.nomad.settle(allocation.id, as: .lost, description: "the machine is gone")
        #expect(try await stage.end(of: pushed).state == .error)
        let reason = try #require(try await site.run(pushed.run)["reason"]?.string)
        #expect(reason.contains("worker was lost"), "\(reason)")
      }
    }
  }

  @Test func `A log that is full says so, and the job goes on`() async throws {
    try await withMatriz {
      $0.limits.logBytes = 4_000
      $0.pipeline.artifacts = [.init(path: "after.txt")]
    } _: { stage, site in
      let pushed = try await stage.push(
        task: "yes 0123456789abcde | head -n 1000 >&2; echo done > after.txt")
      #expect(try await stage.end(of: pushed).state == .success)
      let log = try await site.log(of: pushed.run).text
      #expect(log.utf8.count < 4_200)
      #expect(log.contains("[mise-ci: the log is full"), "\(log.suffix(200))")
      let artifact = try #require(try await site.artifacts(of: pushed.run)["after.txt"])
      #expect(try await site.download(artifact).text == "done\n")
    }
  }
}
