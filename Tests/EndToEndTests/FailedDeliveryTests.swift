import FakeGitHub
import FakeNomad
import HTTP
import Platform
import TestSupport
import Testing

/// Pushes that the matriz did not take when they came: it was away, or could not store them.
@Suite(.fewAtOnce) struct FailedDeliveryTests {
  /// Waits for a delivery to be taken that failed before, and gives the run that it made.
  private static func runOfRedelivery(_ push: FakeRepository.Push, on stage: Stage) async throws -> PushedRun
  {
    let guid = try #require(push.delivery).guid
    let taken = try await stage.github.waitForDelivery(timeoutSeconds: Stage.patienceSeconds) {
      $0.guid == guid && $0.status == 202
    }
    #expect(taken.isRedelivery)
    return PushedRun(sha: push.sha, run: try Stage.run(of: taken))
  }

  @Test func `Pushes that came while the matriz was down make their runs once it is up`() async throws {
    try await withStage { stage in
      let deployment = try await Deployment(on: stage)
      _ = stage.site(origin: deployment.origin)
      var pushes: [FakeRepository.Push] = []
      for number in 1...3 {
        pushes.append(try await stage.repository.push(files: Stage.files(task: "echo \(number)")))
        #expect(pushes.last?.delivery?.status == nil)
      }
      // The forge is away, too, when it is asked for the first time.
      stage.github.plan(.respond(status: 502), pathPrefix: "/app/hook/deliveries")
      try await deployment.withMatriz { _, site in
        for (index, push) in pushes.enumerated() {
          let run = try await Self.runOfRedelivery(push, on: stage)
          #expect(try await stage.end(of: run).state == .success)
          #expect(try await site.run(run.run)["number"]?.integer == Int64(index + 1))
        }
        #expect(try await site.runs().count == pushes.count)
      }
    }
  }

  @Test func `A full disk refuses deliveries, and they come by themselves when there is room again`()
    async throws
  {
    try await withStage(workers: .program) { stage in
      let deployment = try await Deployment(on: stage, forge: "  redelivery_seconds: 1")
      try await deployment.withMatriz { program, site in
        let first = try await stage.push(task: "true")
        #expect(try await stage.end(of: first).state == .success)
        let disk = DataDisk(.limited, of: program, on: stage)
        try await disk.fill()
        let push = try await stage.repository.push(files: Stage.files(task: "true # later"))
        #expect(push.delivery?.status == 503)
        #expect(push.delivery?.responseHeaders["Retry-After"] != nil)
        #expect(try await site.get("/healthz").status == 200)
        #expect(try await site.runs().count == 1)
        try await disk.free()
        let run = try await Self.runOfRedelivery(push, on: stage)
        #expect(try await stage.end(of: run).state == .success)
        #expect(try await site.runs().count == 2)
      }
    }
  }
}
