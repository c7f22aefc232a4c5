import Configuration
import FakeGitHub
import FakeNomad
import HTTP
import TestSupport
import Testing

/// How many jobs there may be at once.
@Suite(.fewAtOnce) struct ConcurrencyTests {
  @Test func `A job that finds no room waits, and follows when another one ends`() async throws {
    try await withMatriz {
      $0.limits.concurrentJobs = 1
    } _: { stage, site in
      let gate = try Gate(in: stage.folder)
      let first = try await stage.push(task: gate.script)
      try await gate.waitUntilReached()
      let second = try await stage.push(task: "true")
      let third = try await stage.push(task: "echo never")
      #expect(try await site.run(second.run)["state"] == "queued")
      #expect(try await site.send("POST", "/api/v1/runs/\(third.run)/cancel").status == 202)
      #expect(try await stage.end(of: third).state == .error)
      #expect(stage.nomad.allocations().count == 1)
      try await gate.pass()
      #expect(try await stage.end(of: first).state == .success)
      #expect(try await stage.end(of: second).state == .success)
      #expect(stage.nomad.allocations().count == 2)
      #expect(try await site.log(of: third.run).bytes.isEmpty)
    }
  }
}
