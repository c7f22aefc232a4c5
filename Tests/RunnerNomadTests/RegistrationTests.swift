import FakeNomad
import HTTP
import Platform
import Runner
import TestSupport
import Testing

@testable import RunnerNomad

@Suite(.fewAtOnce) struct RegistrationTests {
  @Test("the documented template is registered with what it is silent about, and that is logged")
  func documented() async throws {
    try await withRunner(try Template.fixture("documented.hcl")) { fixture in
      try await fixture.runner.prepare()
      let sent = try #require(fixture.nomad.requests.last { $0.method == "POST" && $0.path == "/v1/jobs" })
      let body = try JSONValue(parsing: sent.body)
      let job = try #require(body["Job"])
      let group = try #require(job["TaskGroups"]?[0])
      #expect(job["Datacenters"] == ["dc1"])
      #expect(group["RestartPolicy"]?["Attempts"] == 0)
      #expect(group["RestartPolicy"]?["Mode"] == "fail")
      #expect(group["ReschedulePolicy"]?["Attempts"] == 0)
      #expect(group["ReschedulePolicy"]?["Unlimited"] == false)
      #expect(job["ParameterizedJob"]?["MetaRequired"] == ["callback_url", "token"])
      #expect(job["ParameterizedJob"]?["MetaOptional"] == ["image", "run_id", "job_id", "attempt"])
      #expect(group["Tasks"]?[0]?["Config"]?["image"] == "${NOMAD_META_image}")
      for addition in [
        "datacenters = [\\\"dc1\\\"]", "meta_optional image, run_id", "restart {", "reschedule {",
      ] {
        #expect(fixture.log.text.contains(addition), "\(fixture.log.text)")
      }
    }
  }

  @Test("a template that says everything is registered as it is")
  func complete() async throws {
    try await withRunner(try Template.fixture("raw_exec.hcl")) { fixture in
      try await fixture.runner.prepare()
      #expect(!fixture.log.text.contains("silent"))
      #expect(!fixture.nomad.requests.contains { $0.path == "/v1/nodes" })
    }
  }

  @Test("a job that the server has so already is not registered again, a changed one is")
  func onlyWhenChanged() async throws {
    try await withRunner(try Template.fixture("documented.hcl")) { fixture in
      func registrations() -> Int {
        fixture.nomad.requests.count { $0.method == "POST" && $0.path == "/v1/jobs" }
      }
      try await fixture.runner.prepare()
      try await fixture.runner.prepare()
      #expect(registrations() == 1)
      var changed = fixture.configuration
      changed.datacenters = ["dc1", "dc2"]
      let other = try NomadRunner(changed, logger: .disabled)
      try await other.prepare()
      await other.shutdown()
      #expect(registrations() == 2)
    }
  }

  @Test("a template as JSON is registered too", arguments: [true, false])
  func json(isWrapped: Bool) async throws {
    let job = """
      {"ID": "ci", "Type": "batch", "ParameterizedJob": {}, "TaskGroups": [{"Name": "worker", "Tasks": [
        {"Name": "run", "Driver": "docker", "Config": {"image": "${image}"}}]}]}
      """
    try await withRunner(isWrapped ? "{\"Job\": \(job)}" : job) { fixture in
      try await fixture.runner.prepare()
      #expect(!fixture.nomad.requests.contains { $0.path == "/v1/jobs/parse" })
      let handle = try await fixture.runner.dispatch(RunnerFixture.request)
      #expect(handle.hasPrefix("ci/dispatch-"))
    }
  }

  @Test(
    "a template that cannot be is told with its file",
    arguments: [
      ("job \"ci\" {\n  colour = 1\n}", "job.hcl:2,3-9: Unsupported argument"),
      ("job \"ci\" {\n  type = \"batch\"\n}", "has no parameterized block"),
      ("{\"Job\": ", "begins like JSON but is none"),
      ("{\"Type\": \"batch\"}", "has no ID"),
      ("job \"ci\" {\n  type = \"odd\"\n  parameterized {}\n}", "Invalid job type"),
    ])
  func wrongTemplates(_ template: String, _ text: String) async throws {
    try await withRunner(template) { fixture in
      let error = await #expect(throws: RunnerError.self) { try await fixture.runner.prepare() }
      #expect(error?.code == .misconfigured)
      #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
    }
  }

  @Test("a template that is not there, and an address that is none, are told before anything is sent")
  func wrongConfiguration() async throws {
    var settings = NomadConfiguration.none
    settings.jobTemplate = ".missing"
    try await withRunner("", settings: settings) { fixture in
      let error = await #expect(throws: RunnerError.self) { try await fixture.runner.prepare() }
      #expect(error?.code == .misconfigured)
    }
    for addresses in [[], ["nomad:4646"]] {
      let error = #expect(throws: RunnerError.self) {
        try NomadRunner(NomadConfiguration(addresses: addresses, jobTemplate: "job.hcl"))
      }
      #expect(error?.code == .misconfigured)
    }
  }

  @Test(
    "the image's place is found unless it is escaped",
    arguments: [
      ("image = \"${image}\"", "image = \"${NOMAD_META_image}\"", true),
      ("image = \"$${image}\"", "image = \"$${image}\"", false),
      ("image = \"fixed\"", "image = \"fixed\"", false),
    ])
  func image(_ text: String, _ expected: String, _ takesImage: Bool) {
    let template = JobTemplate(path: "job.hcl", text: text)
    #expect(template.text == expected)
    #expect(template.takesImage == takesImage)
  }
}
