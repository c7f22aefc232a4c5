import FakeNomad
import Runner
import RunnerNomad
import TestSupport
import Testing

@Suite(.fewAtOnce) struct OutageTests {
  @Test(
    "a server that is not ready is not now, a refusal is one",
    arguments: [
      (.noLeader, .unavailable), (.respond(status: 503, body: "busy"), .unavailable),
      (.respond(status: 429, body: "slow down"), .unavailable), (.cut, .unavailable),
      (.respond(status: 500, body: "rpc error: EOF"), .unavailable),
      (.respond(status: 403, body: "Permission denied"), .refused),
      (.respond(status: 200, body: "<html>"), .unavailable),
    ] as [(FakeNomad.Fault, RunnerError.Code)])
  func faults(_ fault: FakeNomad.Fault, _ code: RunnerError.Code) async throws {
    try await withRunner(Template.shell("true")) { fixture in
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      fixture.nomad.plan(fault, method: "GET", pathPrefix: "/v1/job/", times: 100)
      let error = await #expect(throws: RunnerError.self) { try await fixture.runner.state(handle) }
      #expect(error?.code == code)
      #expect(error?.isTransient == (code == .unavailable))
    }
  }

  @Test(
    "a dispatch that failed for the moment is made by the next try",
    arguments: [
      FakeNomad.Fault.noLeader, .respond(status: 503), .cut,
    ])
  func dispatchLater(_ fault: FakeNomad.Fault) async throws {
    try await withRunner(Template.shell("true")) { fixture in
      try await fixture.runner.prepare()
      fixture.nomad.plan(fault, method: "POST", pathPrefix: "/v1/job/ci/dispatch")
      let error = await #expect(throws: RunnerError.self) {
        try await fixture.runner.dispatch(RunnerFixture.request)
      }
      #expect(error?.code == .unavailable)
      #expect(error?.description.contains("secret") == false)
      _ = try await fixture.runner.dispatch(RunnerFixture.request)
      #expect(fixture.nomad.allocations().count == 1)
    }
  }

  @Test("an answer that is slower than the deadline is no answer")
  func deadline() async throws {
    var settings = NomadConfiguration.none
    settings.requestTimeoutSeconds = 0.2
    try await withRunner(Template.shell("true"), settings: settings) { fixture in
      fixture.nomad.plan(.delay(milliseconds: 60_000), pathPrefix: "/v1/job/")
      let error = await #expect(throws: RunnerError.self) { try await fixture.runner.state("ci/dispatch-1") }
      #expect(error?.code == .unavailable)
    }
  }

  @Test("the next server is asked when one is away or without a leader")
  func nextServer() async throws {
    try await withFakeNomad { leaderless in
      leaderless.plan(.noLeader, times: .max)
      let away = try await withFakeNomad { $0.url }
      var settings = NomadConfiguration.none
      settings.addresses = [away, leaderless.url]
      try await withRunner(
        Template.shell("true"), settings: settings
      ) { fixture in
        let handle = try await fixture.runner.dispatch(RunnerFixture.request)
        #expect(fixture.nomad.allocations(ofJob: handle).count == 1)
        let asked = leaderless.requests.count
        _ = try await fixture.runner.state(handle)
        #expect(leaderless.requests.count == asked, "the one that answered is asked first")
      }
    }
  }

  @Test("token, namespace and region go along with every call")
  func identity() async throws {
    var options = FakeNomadOptions()
    options.token = "acl-secret"
    options.region = "eu"
    options.namespaces = ["builds"]
    var settings = NomadConfiguration.none
    settings.token = "acl-secret"
    settings.namespace = "builds"
    settings.region = "eu"
    try await withRunner(
      Template.shell("true"), options: options,
      settings: settings
    ) { fixture in
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      _ = try await fixture.runner.state(handle)
      try await fixture.runner.cancel(handle)
      for request in fixture.nomad.requests {
        #expect(request.query["namespace"] == "builds" && request.query["region"] == "eu")
        #expect(request.headers["X-Nomad-Token"] == "acl-secret")
      }
      #expect(!fixture.log.text.contains("acl-secret"))
    }
  }

  @Test("a wrong token is a refusal that says where to look")
  func wrongToken() async throws {
    var options = FakeNomadOptions()
    options.token = "right"
    var settings = NomadConfiguration.none
    settings.token = "wrong-one"
    try await withRunner(Template.shell("true"), options: options, settings: settings) {
      fixture in
      let error = await #expect(throws: RunnerError.self) { try await fixture.runner.prepare() }
      #expect(error?.code == .refused)
      #expect(error?.message.contains("runner.token") == true)
      #expect(error?.message.contains("wrong-one") == false)
    }
  }
}
