import FakeGitHub
import FakeNomad
import Glibc
import HTTP
import Platform
import TestSupport
import Testing

/// The worker's process is killed, or stands still for a while.
@Suite(.fewAtOnce) struct WorkerDeathTests {
  @Test
  func `A worker that is killed ends its job errored by the runner's word, long before its lease is over`()
    async throws
  {
    try await withTagRun(waits: true, limits: ["lease_seconds": 3_600]) { run in
      try await run.deployment.withMatriz { _, site in
        try await run.pushTag()
        try await run.gate.waitUntilReached()
        try await run.stage.worker().signal(SIGKILL)
        try await run.expectEnd("errored", at: site) { $0.contains("signal 9") || $0.contains("Signal: 9") }
      }
    }
  }

  @Test func `A worker that stands still for less than its lease goes on with its job`() async throws {
    try await withTagRun(waits: true, limits: ["ping_seconds": 1]) { run in
      try await run.deployment.withMatriz { program, site in
        try await run.pushTag()
        try await run.gate.waitUntilReached()
        let worker = try await run.stage.worker()
        worker.signal(SIGSTOP)
        try await run.gate.pass()
        try await program.waitForLog("a worker's connection ended")
        worker.signal(SIGCONT)
        try await run.expectItsOneEnd(at: site)
      }
    }
  }

  @Test
  func `A worker that stands still for longer than its lease goes when it wakes up, and leaves nothing`()
    async throws
  {
    try await withTagRun(waits: true, limits: ["ping_seconds": 1, "lease_seconds": 2]) { run in
      try await run.deployment.withMatriz { _, site in
        try await run.pushTag()
        try await run.gate.waitUntilReached()
        let worker = try await run.stage.worker()
        worker.signal(SIGSTOP)
        try await run.expectEnd("errored", at: site) { $0.contains("worker was lost") }
        worker.signal(SIGCONT)
        try await run.stage.waitUntilWorkersAreGone()
        let left = try await run.stage.processes()
        #expect(left.isEmpty, "\(left)")
      }
    }
  }

  @Test
  func `A job whose machine is lost runs again where policy says so, as an attempt with a log of its own`()
    async throws
  {
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(
        on: stage, more: "limits: {lease_seconds: 3600, retries: {infrastructure: 1}}\n")
      let gate = try Gate(in: stage.folder)
      try await deployment.withMatriz { _, site in
        let pushed = try await stage.push(task: "exec >&2; echo before; \(gate.script); echo after")
        try await gate.waitUntilReached()
        for process in try await stage.processes() { process.signal(SIGKILL) }
        try await gate.waitUntilReached()
        try await gate.pass()
        #expect(try await stage.end(of: pushed).state == .success)
        let job = try #require(try await site.run(pushed.run)["jobs"]?[0])
        #expect(job["attempt"] == 2)
        #expect(stage.nomad.allocations().count == 2)
        let (first, second) = (
          try await site.log(of: pushed.run, "?attempt=1").text, try await site.log(of: pushed.run).text
        )
        #expect(first.contains("[mise-ci: the worker was lost") && !first.contains("after\n"), "\(first)")
        #expect(second.hasSuffix("before\nafter\n"))
      }
    }
  }
}
