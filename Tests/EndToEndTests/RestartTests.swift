import Crypto
import FakeGitHub
import FakeNomad
import HTTP
import Platform
import TestSupport
import Testing

/// The matriz is killed, or stopped, and started again on the same data and ports.
@Suite(.fewAtOnce) struct RestartTests {
  @Test func `Killed after the 202 and before the dispatch, the run still comes to its one end`() async throws
  {
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(on: stage)
      stage.nomad.plan(.noLeader, method: "POST", pathPrefix: "/v1/job/", times: 1_000)
      let pushed = try await deployment.withMatriz { _, _ in try await stage.push(task: "true") }
      #expect(stage.nomad.allocations().isEmpty)
      stage.nomad.clearFaults()
      try await deployment.withMatriz { _, site in
        #expect(try await stage.end(of: pushed).state == .success)
        #expect(try await site.runs().map { $0["id"]?.string } == [pushed.run])
        let final = try stage.statuses(of: pushed).filter { $0.state != .pending }
        #expect(final.count == 1)
        #expect(stage.nomad.allocations().count == 1)
      }
    }
  }

  @Test func `A delivery that was answered before the kill is known after it`() async throws {
    try await withStage { stage in
      let deployment = try await Deployment(on: stage)
      let pushed = try await deployment.withMatriz { _, _ in try await stage.push(task: "true") }
      try await deployment.withMatriz { _, site in
        let first = try #require(stage.github.deliveries.first { $0.event == "push" })
        #expect(try await stage.github.redeliver(first.id).status == 200)
        #expect(try await stage.end(of: pushed).state == .success)
        #expect(try await site.runs().count == 1)
      }
    }
  }

  @Test func `Killed while a job runs, its worker comes back, and no byte of the log is missing`()
    async throws
  {
    let (before, after) = (RandomBytes.generate(600_000), RandomBytes.generate(600_000))
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(on: stage)
      let gate = try Gate(in: stage.folder)
      let pushed = try await deployment.withMatriz { _, _ in
        let pushed = try await stage.push(
          task: "exec >&2; cat before.bin; \(gate.script); cat after.bin",
          ["before.bin": FakeFile(before), "after.bin": FakeFile(after)])
        try await gate.waitUntilReached()
        return pushed
      }
      // The task goes on while nobody takes its output.
      try await gate.pass()
      try await deployment.withMatriz { _, site in
        #expect(try await stage.end(of: pushed).state == .success)
        let log = try await site.log(of: pushed.run)
        #expect(log.bytes.suffix(before.count + after.count).elementsEqual(before + after))
        #expect(log.bytes.firstRange(of: before)?.upperBound == log.bytes.count - after.count)
        #expect(log.headers["X-Log-Complete"] == "true")
        #expect(stage.nomad.allocations().count == 1)
        #expect(try await site.run(pushed.run)["jobs"]?[0]?["attempt"] == 1)
      }
    }
  }

  @Test func `Stopped while a job runs, it ends at once, and the job goes on with the next one`() async throws
  {
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(on: stage, more: "pipeline:\n  artifacts: [out.txt]\n")
      let gate = try Gate(in: stage.folder)
      let pushed = try await deployment.withMatriz { program, _ in
        let pushed = try await stage.push(task: "\(gate.script); echo made > out.txt")
        try await gate.waitUntilReached()
        let (status, seconds) = await program.terminate()
        #expect(status == .exited(0), "\(program.logText)")
        #expect(seconds < 10)
        return pushed
      }
      #expect(try stage.statuses(of: pushed).allSatisfy { $0.state == .pending })
      try await deployment.withMatriz { _, site in
        try await gate.pass()
        #expect(try await stage.end(of: pushed).state == .success)
        let artifact = try #require(try await site.artifacts(of: pushed.run)["out.txt"])
        #expect(try await site.download(artifact).text == "made\n")
      }
    }
  }

  @Test func `A worker whose job ended while the matriz was down is told to go`() async throws {
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(on: stage, more: "limits:\n  job_seconds: 4\n")
      let gate = try Gate(in: stage.folder)
      let pushed = try await deployment.withMatriz { _, _ in
        let pushed = try await stage.push(task: gate.script)
        // The worker is there once it clones; waiting for its task could take all of the job's time.
        _ = try await stage.github.waitForRequest(timeoutSeconds: Stage.patienceSeconds) {
          $0.path.hasSuffix("/info/refs")
        }
        return pushed
      }
      try await deployment.withMatriz { _, site in
        #expect(try await stage.end(of: pushed).state == .error)
        #expect(try await site.run(pushed.run)["reason"] == "the job took longer than 4 s")
        let allocation = try #require(stage.nomad.allocations().first)
        _ = try await stage.nomad.allocation(
          ofJob: allocation.jobID, reaching: .complete, timeoutSeconds: Stage.patienceSeconds)
      }
    }
  }
}
