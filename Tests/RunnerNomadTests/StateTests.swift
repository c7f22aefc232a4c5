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

  @Test("a worker that failed has its last words, and no more of them")
  func lastWords() async throws {
    let script = "for i in 1 2 3 4 5; do echo line $i >&2; done; exit 3"
    try await withRunner(Template.shell(script)) { fixture in
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      _ = try await fixture.nomad.allocation(ofJob: handle, reaching: .failed)
      let state = try await fixture.runner.state(handle)
      #expect(
        state == .failed(reason: "task run: ended with exit code 3: line 3 / line 4 / line 5"))
    }
  }

  @Test(
    "what has not ended is listed, with the attempt that it was dispatched for", arguments: [true, false])
  func list(isAsked: Bool) async throws {
    try await withRunner(Template.shell("exec sleep 600")) { fixture in
      let first = try await fixture.runner.dispatch(RunnerFixture.request)
      var next = RunnerFixture.request
      next.attempt = 2
      let second = try await fixture.runner.dispatch(next)
      _ = try await fixture.nomad.allocation(ofJob: second, reaching: .running)
      if isAsked { try await fixture.runner.cancel(first) }
      let jobs = try await fixture.runner.list()
      let both = [
        RunnerJob(handle: first, runID: "run-1", jobID: "job-1", attempt: 1),
        RunnerJob(handle: second, runID: "run-1", jobID: "job-1", attempt: 2),
      ]
      #expect(Set(jobs) == Set(isAsked ? [both[1]] : both))
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

  @Test("a worker on a node that went down is lost, for the reason that the servers give")
  func nodeDown() async throws {
    try await withRunner(Template.shell("exec sleep 600")) { fixture in
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      _ = try await fixture.nomad.allocation(ofJob: handle, reaching: .running)
      try fixture.nomad.setNode(fixture.nomad.nodeIDs[0], isDown: true)
      let state = try await fixture.runner.state(handle)
      #expect(state == .lost(reason: "alloc is lost since its node is down"))
    }
  }
}
