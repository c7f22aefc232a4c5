import FakeGitHub
import FakeNomad
import HTTP
import Platform
import TestKit
import TestSupport
import Testing

/// Cancelled means stopped: nothing that the task has started lives on, wherever it went and whatever it ignores.
@Suite(.fewAtOnce) struct CancelTests {
  /// Starts what is hard to end, makes a file, and waits at the gate; none of it heeds TERM.
  private static func stubbornTask(_ gate: Gate) -> String {
    """
    trap '' TERM
    setsid sh -c 'sleep 100000; true' &
    ( setsid sh -c 'cd /; sleep 100000 & sleep 100000' & )
    echo made > kept.txt
    echo made > dropped.txt
    \(gate.script)
    """
  }

  private static let sections = """
    limits: {grace_seconds: 1, ping_seconds: 1, lease_seconds: 30}
    pipeline:
      artifacts:
        - {path: kept.txt, on: always}
        - dropped.txt

    """

  @Test func `A cancelled run's processes are all ended, and what is always kept is there`() async throws {
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(on: stage, more: Self.sections)
      let gate = try Gate(in: stage.folder)
      try await deployment.withMatriz { _, site in
        let pushed = try await stage.push(task: Self.stubbornTask(gate))
        try await gate.waitUntilReached()
        #expect(try await stage.processes().count > 5)
        #expect(try await site.cancel(pushed.run, by: "ann").status == 202)
        try await Self.expectCancelled(pushed, by: "ann", on: stage, site)
        let artifacts = try await site.artifacts(of: pushed.run)
        #expect(artifacts.keys.sorted() == ["kept.txt"])
        let kept = try #require(artifacts["kept.txt"])
        #expect(try await site.download(kept).text == "made\n")
      }
    }
  }

  @Test func `The command line cancels, and says so`() async throws {
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(on: stage, more: Self.sections)
      let gate = try Gate(in: stage.folder)
      try await deployment.withMatriz { _, site in
        let pushed = try await stage.push(task: gate.script)
        try await gate.waitUntilReached()
        let result = try await MatrizProgram.run(
          ["cancel", pushed.run, "--url", site.origin], environment: ["USER": "ann"])
        #expect(result.status == .exited(0), "\(result)")
        #expect(result.outputText == "run \(pushed.run) is stopping (cancelled by ann)")
        try await Self.expectCancelled(pushed, by: "ann", on: stage, site)
      }
    }
  }

  @Test func `A worker that is away is told to stop when it comes back`() async throws {
    try await withProxy { proxy in
      try await withStage(workers: .program) { stage in
        let deployment = try await Deployment(
          on: stage, more: Self.sections, server: "  grpc_external_addr: \(proxy.address)")
        await proxy.lead(to: try #require(Endpoint(deployment.grpcAddress)))
        let gate = try Gate(in: stage.folder)
        try await deployment.withMatriz { program, site in
          let pushed = try await stage.push(task: Self.stubbornTask(gate))
          try await gate.waitUntilReached()
          await proxy.setRefusing(true)
          await proxy.cut()
          try await program.waitForLog("a worker's connection ended")
          #expect(try await site.cancel(pushed.run, by: "ann").status == 202)
          await proxy.setRefusing(false)
          try await Self.expectCancelled(pushed, by: "ann", on: stage, site)
        }
      }
    }
  }

  @Test func `A cancel that was answered is remembered by the next matriz`() async throws {
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(on: stage, more: Self.sections)
      let gate = try Gate(in: stage.folder)
      let pushed = try await deployment.withMatriz { _, site in
        let pushed = try await stage.push(task: Self.stubbornTask(gate))
        try await gate.waitUntilReached()
        #expect(try await site.cancel(pushed.run, by: "ann").status == 202)
        return pushed
      }
      try await deployment.withMatriz { _, site in
        try await Self.expectCancelled(pushed, by: "ann", on: stage, site)
      }
    }
  }

  /// The run's end, on both sides, and that of every process.
  private static func expectCancelled(
    _ pushed: PushedRun, by name: String, on stage: Stage, _ site: Site
  ) async throws {
    #expect(try await stage.end(of: pushed).state == .error)
    let run = try await site.run(pushed.run)
    #expect(run["state"] == "cancelled")
    #expect(run["reason"] == .string("cancelled by \(name)"))
    #expect(run["cancellation"]?["requestedAt"]?.string != nil)
    try await stage.waitUntilWorkersAreGone()
    let left = try await stage.processes()
    #expect(left.isEmpty, "\(left)")
    // One that was sent may be sent again by the next matriz; nothing else follows it.
    #expect(try stage.statuses(of: pushed).drop { $0.state == .pending }.allSatisfy { $0.state == .error })
    #expect(stage.nomad.allocations().count == 1)
  }
}

/// Gives `body` a proxy, and stops it on every path.
func withProxy(_ body: (TCPProxy) async throws -> Void) async throws {
  let proxy = try await TCPProxy.start()
  do {
    try await body(proxy)
  } catch {
    await proxy.stop()
    throw error
  }
  await proxy.stop()
}

extension Site {
  /// Has a run cancelled for somebody.
  func cancel(_ run: String, by name: String) async throws -> Answer {
    try await send("POST", "/api/v1/runs/\(run)/cancel", body: try .json(["by": name]))
  }
}
