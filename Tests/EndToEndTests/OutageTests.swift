import Configuration
import FakeGitHub
import FakeNomad
import HTTP
import Matriz
import Platform
import RunModel
import TestKit
import TestSupport
import Testing

/// The forge and the runner are away, or answer badly, for a while.
@Suite(.fewAtOnce) struct OutageTests {
  private static let statuses = "/repos/acme/widgets/statuses"

  /// What happens to the first reports of a status.
  @Test(
    arguments: [
      [.respond(status: 502)], [.cut], [.cutAfterHandling], [.respond(status: 500), .cut],
      [.respond(status: 429, headers: ["Retry-After": "1"])],
    ] as [[FakeGitHub.Fault]])
  func `Statuses get there though the forge is down for a while`(
    _ faults: [FakeGitHub.Fault]
  ) async throws {
    try await withMatriz { stage, _ in
      for fault in faults { stage.github.plan(fault, method: "POST", pathPrefix: Self.statuses) }
      let pushed = try await stage.push(task: "true")
      #expect(try await stage.end(of: pushed).state == .success)
      #expect(stage.github.requests.count { $0.fault != nil } == faults.count)
    }
  }

  @Test func `The clone waits for a forge that gives no credentials for a while`() async throws {
    try await withMatriz { stage, _ in
      for fault in [.cut, .respond(status: 503)] as [FakeGitHub.Fault] {
        stage.github.plan(fault, method: "POST", pathPrefix: "/app/installations")
      }
      let pushed = try await stage.push(task: "true")
      #expect(try await stage.end(of: pushed).state == .success)
    }
  }

  /// What happens to the first dispatch.
  @Test(arguments: [.noLeader, .cut, .cutAfterHandling, .respond(status: 429)] as [FakeNomad.Fault])
  func `A dispatch goes on when the runner is back, and starts one worker`(
    _ fault: FakeNomad.Fault
  ) async throws {
    try await withStage { stage in
      let gate = try Gate(in: stage.folder)
      try await stage.withMatriz { site in
        stage.nomad.plan(fault, method: "POST", pathPrefix: "/v1/job/mise-ci-run/dispatch")
        let pushed = try await stage.push(task: gate.script)
        try await gate.waitUntilReached()
        #expect(stage.nomad.allocations().count == 1)
        try await gate.pass()
        #expect(try await stage.end(of: pushed).state == .success)
        #expect(try await site.run(pushed.run)["jobs"]?[0]?["attempt"] == 1)
      }
    }
  }

  @Test func `A runner that is away for longer than a dispatch may take is waited for`() async throws {
    try await withMatriz({ $0.limits.dispatchSeconds = 4 }) { stage, site in
      // With the waits between them, these take longer than that.
      stage.nomad.plan(.cut, method: "POST", pathPrefix: "/v1/job/mise-ci-run/dispatch", times: 5)
      let pushed = try await stage.push(task: "true")
      #expect(try await stage.end(of: pushed).state == .success)
      #expect(try await site.run(pushed.run)["jobs"]?[0]?["attempt"] == 1)
    }
  }

  @Test func `A runner that is away at the start is registered with later`() async throws {
    try await withStage { stage in
      stage.nomad.plan(.cut, pathPrefix: "/v1/", times: 2)
      try await stage.withMatriz { site in
        let pushed = try await stage.push(task: "true")
        #expect(try await stage.end(of: pushed).state == .success)
        #expect(try await site.get("/readyz").status == 200)
      }
    }
  }

  @Test func `A forge that nobody reaches for a while gives its credentials and gets its statuses later`()
    async throws
  {
    try await withOutage { stage, proxy, configuration in
      await proxy.lead(to: Endpoint(host: "127.0.0.1", port: stage.github.port))
      configuration.forge.apiURL = "http://\(proxy.address)/api/v3"
    }
  }

  @Test func `A runner that nobody reaches for a while is asked for its worker later`() async throws {
    try await withOutage { stage, proxy, configuration in
      await proxy.lead(to: try #require(Endpoint(String(stage.nomad.url.dropFirst("http://".count)))))
      configuration.runner.addresses = ["http://\(proxy.address)"]
    }
  }

  /// A push while the proxy refuses everybody, and its end once it does not.
  private func withOutage(
    _ adjust: (Stage, TCPProxy, inout MatrizConfiguration) async throws -> Void
  ) async throws {
    try await withProxy { proxy in
      try await withStage { stage in
        var configuration = stage.configuration
        try await adjust(stage, proxy, &configuration)
        await proxy.setRefusing(true)
        try await stage.withMatriz(configuration) { site in
          let pushed = try await stage.push(task: "true")
          try await proxy.waitForTraffic(timeoutSeconds: Stage.patienceSeconds) { $0.refusedConnections >= 3 }
          #expect(try stage.statuses(of: pushed).allSatisfy { $0.state == .pending })
          await proxy.setRefusing(false)
          #expect(try await stage.end(of: pushed).state == .success)
          #expect(stage.nomad.allocations().count == 1)
          #expect(try await site.runs().count == 1)
        }
      }
    }
  }

  @Test func `A runner that forgot the job is told it again`() async throws {
    try await withMatriz { stage, _ in
      let first = try await stage.push(task: "true")
      #expect(try await stage.end(of: first).state == .success)
      await stage.nomad.reset()
      let second = try await stage.push(task: "true # again")
      #expect(try await stage.end(of: second).state == .success)
    }
  }

  @Test func `A worker that cannot start ends the run within seconds, in the words of the runner`()
    async throws
  {
    var nomad = FakeNomadOptions()
    nomad.images = ["registry.example/worker:1": .pullFailure("manifest unknown")]
    try await withStage(nomad: nomad) { stage in
      try await stage.writeDockerTemplate(image: "registry.example/worker:1")
      try await stage.withMatriz { site in
        let pushed = try await stage.push(task: "true")
        #expect(try await stage.end(of: pushed).state == .error)
        let run = try await site.run(pushed.run)
        #expect(run["state"] == "errored")
        #expect(
          run["reason"]?.string?.contains(
            "the worker never connected: task run: Failed to pull `registry.example/worker:1`") == true)
      }
    }
  }

  @Test func `A status that was not sent when the matriz stopped is sent by the next one`() async throws {
    try await withStage { stage in
      let ends = RunEnds()
      stage.github.plan(
        .delay(milliseconds: 3_600_000), method: "POST", pathPrefix: Self.statuses, times: 1_000)
      let pushed = try await stage.withMatriz(observer: ends) { _ in
        let pushed = try await stage.push(task: "true")
        try await ends.wait(for: pushed.run)
        return pushed
      }
      #expect(try stage.statuses(of: pushed).isEmpty)
      stage.github.clearFaults()
      let final = try await stage.withMatriz { _ in try await stage.end(of: pushed) }
      #expect(final.state == .success)
    }
  }
}

/// Sees which runs have ended.
private final class RunEnds: MatrizObserver {
  private let ended = Watched<Set<String>>([])

  func wait(for run: String) async throws {
    try await ended.value(timeoutSeconds: Stage.patienceSeconds, waitingFor: "the run to end") {
      $0.contains(run) ? () : nil
    }
  }

  func changed(_ run: Run) {
    if run.state.isFinal { ended.withLock { _ = $0.insert(run.id) } }
  }

  func output(_ bytes: [UInt8], run: String, job: String) {}
  func progress(artifact: String, run: String, bytes: Int64, of total: Int64?, isComplete: Bool) {}
}

extension Stage {
  /// Has workers run in containers of this image.
  fileprivate func writeDockerTemplate(image: String) async throws {
    try await write(
      """
      job "mise-ci-run" {
        type = "batch"
        parameterized { meta_required = ["callback_url", "token"] }
        group "worker" {
          task "run" {
            driver = "docker"
            config { image = "\(image)" }
          }
        }
      }

      """, to: template)
  }
}
