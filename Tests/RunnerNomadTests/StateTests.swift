import FakeNomad
import Runner
import RunnerNomad
import TestSupport
import Testing

@Suite(.fewAtOnce) struct StateTests {
  @Test(
    "a worker that failed says why",
    arguments: [
      ("exit 7", "task run: ended with exit code 7"),
      ("kill -9 $$", "task run: ended by signal 9 (exit code 137)"),
    ])
  func failures(_ script: String, _ reason: String) async throws {
    try await withRunner(Template.shell(script)) { fixture in
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      _ = try await fixture.nomad.allocation(ofJob: handle, reaching: .failed)
      let state = try await fixture.runner.state(handle)
      #expect(state == .failed(reason: reason))
    }
  }

  @Test(
    "an image that cannot be had and a worker that took too much memory are told apart",
    arguments: [
      (
        .pullFailure("no such image"),
        "task run: Failed to pull `some/image:1`: API error (404): no such image"
      ),
      (.outOfMemory, "task run: killed: out of memory"),
    ] as [(FakeNomadOptions.ImageOutcome, String)])
  func images(_ outcome: FakeNomadOptions.ImageOutcome, _ reason: String) async throws {
    try await withRunner(try Template.fixture("documented.hcl")) { fixture in
      fixture.nomad.plan(outcome, forImage: "some/image:1")
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      _ = try await fixture.nomad.allocation(ofJob: handle, reaching: .failed)
      let state = try await fixture.runner.state(handle)
      #expect(state == .failed(reason: reason))
    }
  }

  @Test("a worker without a place waits, and says for what")
  func notPlaced() async throws {
    var settings = NomadConfiguration.none
    settings.datacenters = ["moon"]
    try await withRunner(Template.shell("true"), settings: settings) { fixture in
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      let state = try await fixture.runner.state(handle)
      #expect(
        state
          == .pending(
            reason: "group worker: no nodes were eligible, no node in datacenter \"moon\""))
      try await fixture.runner.cancel(handle)
      let stopped = try await fixture.runner.state(handle)
      #expect(stopped == .failed(reason: "the job was stopped before it was placed"))
    }
  }

  @Test("a worker whose machine is lost is lost")
  func lost() async throws {
    try await withRunner(Template.shell("exec sleep 600")) { fixture in
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      let allocation = try await fixture.nomad.allocation(ofJob: handle, reaching: .running)
      try fixture.nomad.settle(allocation.id, as: .lost, description: "alloc is lost since its node is down")
      let state = try await fixture.runner.state(handle)
      #expect(state == .lost(reason: "alloc is lost since its node is down"))
    }
  }
}
