import FakeGitHub
import HTTP
import Platform
import TestSupport
import Testing

/// The disk of the data folder is full for a while: what comes meanwhile is refused or waits, and all of it goes on.
@Suite(.fewAtOnce) struct FullDiskTests {
  @Test(arguments: DataDisk.kinds)
  func `A delivery that cannot be stored is refused, and taken when there is room`(
    _ kind: DataDisk.Kind
  ) async throws {
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(on: stage)
      try await deployment.withMatriz(startedBy: DataDisk.wrapper(for: kind, on: stage)) { program, site in
        let disk = DataDisk(kind, of: program, on: stage)
        try await disk.fill()
        let push = try await stage.repository.push(files: Stage.files(task: "true"), message: "Change it")
        let refused = try #require(push.delivery)
        #expect(refused.status == 503)
        #expect(try await site.get("/healthz").status == 200)
        try await disk.free()
        let taken = try await stage.github.redeliver(refused.id)
        let pushed = PushedRun(sha: push.sha, run: try Stage.run(of: taken))
        #expect(try await stage.end(of: pushed).state == .success)
        #expect(try await site.runs().count == 1)
      }
    }
  }

  @Test(arguments: DataDisk.kinds) func `A job whose output has no room waits, and nothing of it is lost`(
    _ kind: DataDisk.Kind
  ) async throws {
    try await withTagRun(waits: true) { run in
      let wrapper = DataDisk.wrapper(for: kind, on: run.stage)
      try await run.deployment.withMatriz(startedBy: wrapper) { program, site in
        let disk = DataDisk(kind, of: program, on: run.stage)
        try await run.pushTag()
        try await run.gate.waitUntilReached()
        try await disk.fill()
        try await run.gate.pass()
        // More than once: it goes on trying.
        for count in 1...3 { try await program.waitForLog("a worker's connection ended", times: count) }
        try await disk.free()
        try await run.expectItsOneEnd(at: site)
      }
    }
  }
}
