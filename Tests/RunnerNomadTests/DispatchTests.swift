import FakeNomad
import HTTP
import Platform
import Runner
import RunnerNomad
import TestSupport
import Testing

@Suite(.fewAtOnce) struct DispatchTests {
  @Test("a dispatch carries where to call back, the token, the image and which attempt of which job it is")
  func meta() async throws {
    try await withRunner(Template.shell("env | grep ^NOMAD_META_ | sort; echo end")) { fixture in
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      let allocation = try await fixture.nomad.allocation(ofJob: handle, reaching: .complete)
      let output = String(
        decoding: fixture.nomad.log(allocation: allocation.id, task: "run"), as: UTF8.self)
      for line in [
        "callback_url=http://127.0.0.1:8080", "token=secret.job.token", "image=some/image:1", "run_id=run-1",
        "job_id=job-1", "attempt=1",
      ] {
        #expect(output.contains("NOMAD_META_\(line)\n"))
      }
      let state = try await fixture.runner.state(handle)
      #expect(state == .finished)
      #expect(fixture.log.text.contains(handle))
      #expect(!fixture.log.text.contains("secret"))
    }
  }

  @Test(
    "the same attempt again is the same dispatch; another attempt is another one", arguments: [true, false])
  func again(serverHonoursToken: Bool) async throws {
    var options = FakeNomadOptions()
    options.honoursIdempotencyToken = serverHonoursToken
    try await withRunner(Template.shell("true"), options: options) { fixture in
      let first = try await fixture.runner.dispatch(RunnerFixture.request)
      let again = try await fixture.runner.dispatch(RunnerFixture.request)
      #expect(first == again)
      var next = RunnerFixture.request
      next.attempt = 2
      let other = try await fixture.runner.dispatch(next)
      #expect(other != first)
      #expect(fixture.nomad.allocations().count == 2)
    }
  }

  @Test(
    "a dispatch whose answer was lost is found by its meta, not repeated",
    arguments: [
      FakeNomad.Fault.cutAfterHandling, .delay(milliseconds: 60_000),
    ])
  func lostAnswer(_ fault: FakeNomad.Fault) async throws {
    var options = FakeNomadOptions()
    options.honoursIdempotencyToken = false
    var settings = NomadConfiguration.none
    settings.requestTimeoutSeconds = 4
    try await withRunner(
      Template.shell("true"), options: options, settings: settings
    ) { fixture in
      try await fixture.runner.prepare()
      fixture.nomad.plan(fault, pathPrefix: "/v1/job/ci/dispatch")
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      #expect(fixture.nomad.allocations().count == 1)
      let found = try await fixture.runner.findDispatch(runID: "run-1", jobID: "job-1", attempt: 1)
      #expect(found == handle)
      let other = try await fixture.runner.findDispatch(runID: "run-1", jobID: "job-1", attempt: 2)
      #expect(other == nil)
    }
  }

  @Test("a runner that started anew finds the dispatches of the one before")
  func afterRestart() async throws {
    try await withRunner(Template.shell("true")) { fixture in
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      let next = try NomadRunner(fixture.configuration, logger: .disabled)
      let found = try await next.dispatch(RunnerFixture.request)
      await next.shutdown()
      #expect(found == handle)
    }
  }

  @Test(
    "a job that somebody stopped or purged is registered again by the dispatch after",
    arguments: [true, false])
  func registeredAgain(purged: Bool) async throws {
    try await withRunner(Template.shell("true")) { fixture in
      try await fixture.runner.prepare()
      try await fixture.send("DELETE", "/v1/job/ci?purge=\(purged)")
      let error = await #expect(throws: RunnerError.self) {
        try await fixture.runner.dispatch(RunnerFixture.request)
      }
      #expect(error?.code == .notFound)
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      #expect(handle.hasPrefix("ci/dispatch-"))
    }
  }

  @Test("a template that takes an image needs one, from the job or from the configuration")
  func image() async throws {
    let template = try Template.fixture("documented.hcl")
    var request = RunnerFixture.request
    request.image = nil
    try await withRunner(template) { [request] fixture in
      let error = await #expect(throws: RunnerError.self) { try await fixture.runner.dispatch(request) }
      #expect(error?.code == .misconfigured)
    }
    var settings = NomadConfiguration.none
    settings.defaultImage = "house/image"
    try await withRunner(template, settings: settings) { [request] fixture in
      let handle = try await fixture.runner.dispatch(request)
      let allocation = try await fixture.nomad.allocation(ofJob: handle, reaching: .failed)
      #expect(allocation.events["run"]?.contains { $0.message.contains("`house/image`") } == true)
    }
  }

  @Test("cancelling stops the worker; an unknown or ended one is fine")
  func cancel() async throws {
    try await withRunner(Template.shell("exec sleep 600")) { fixture in
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      _ = try await fixture.nomad.allocation(ofJob: handle, reaching: .running)
      let running = try await fixture.runner.state(handle)
      #expect(running == .running)
      try await fixture.runner.cancel(handle)
      _ = try await fixture.nomad.allocation(ofJob: handle, reaching: .complete)
      let stopped = try await fixture.runner.state(handle)
      #expect(stopped == .failed(reason: "the job was stopped"))
      try await fixture.runner.cancel(handle)
      try await fixture.runner.cancel("ci/dispatch-1-00000000")
      let unknown = try await fixture.runner.state("ci/dispatch-1-00000000")
      #expect(unknown == .gone)
    }
  }
}
