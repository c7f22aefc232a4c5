import HTTP
import Platform
import TestSupport
import Testing

/// The rest of the contract: job files, refusals, lists, and waiting for news.
@Suite(.fewAtOnce) struct NomadContractQueryTests {
  @Test func `A leader is named, and a path that is none has no body`() async throws {
    try await ContractServer.with { nomad in
      let leader = try await nomad.call("GET", "/v1/status/leader").json
      #expect(leader.string?.isEmpty == false)
      #expect(try await nomad.call("GET", "/v1/no-such-path").status == 404)
    }
  }

  @Test func `A job file becomes a job, with its templates as they are written`() async throws {
    try await ContractServer.with { nomad in
      let body: JSONValue = ["JobHCL": .string(try Jobs.fixture("documented.hcl")), "Canonicalize": true]
      let job = try await nomad.call("POST", "/v1/jobs/parse", body).json
      let task = job["TaskGroups"]?[0]?["Tasks"]?[0]
      #expect(job["ID"] == "mise-ci-run")
      #expect(job["ParameterizedJob"]?["MetaRequired"] == ["callback_url", "token"])
      #expect(task?["Env"]?["MISE_CI_TOKEN"] == "${NOMAD_META_token}")
      #expect(task?["Config"]?["image"] == "${image}")
      #expect(job["Priority"] == 50)
      #expect(job["TaskGroups"]?[0]?["RestartPolicy"]?["Attempts"] == 3)
    }
  }

  @Test(arguments: [
    ("job \"a\" {\n  colour = 1\n}", "input.hcl:2,3-9: Unsupported argument"),
    ("job \"a\" {}\njob \"b\" {}", "input.hcl:2,1-8: Duplicate job block"),
    ("job \"a\" {", "input.hcl:1,10-10: Argument or block definition required"), ("", "Job spec is empty"),
  ])
  func `A job file that is wrong is refused with the place`(text: String, message: String) async throws {
    try await ContractServer.with { nomad in
      let answer = try await nomad.call("POST", "/v1/jobs/parse", ["JobHCL": .string(text)])
      #expect(answer.status == 400)
      #expect(answer.text.hasPrefix(message), "\(answer.text)")
    }
  }

  @Test(
    arguments: [
      (["Meta": [:]], "Dispatch did not provide required meta keys: [token]"),
      (["Meta": ["token": "t", "zz": "1"]], "Dispatch request included unpermitted metadata keys: [zz]"),
      (["Meta": ["token": "t"], "Payload": "aGk="], "Payload provided but forbidden by parameterized job"),
    ] as [(JSONValue, String)])
  func `A dispatch that the job does not allow is refused with the reason`(
    body: JSONValue, message: String
  ) async throws {
    try await ContractServer.with { nomad in
      let parameters: JSONValue = ["Payload": "forbidden", "MetaRequired": ["token"]]
      try await nomad.register(nomad.job("true", changes: ["ParameterizedJob": parameters]))
      let answer = try await nomad.call("POST", "/v1/job/\(nomad.id)/dispatch", body)
      #expect(answer.status == 500 || answer.status == 400)
      #expect(answer.text.contains(message), "\(answer.text)")
    }
  }

  @Test func `A job that finds no machine stays pending, and its evaluation says why`() async throws {
    try await ContractServer.with { nomad in
      let job = nomad.job("true", isParameterized: false, changes: ["Datacenters": ["no-such-datacenter"]])
      try await nomad.register(job)
      let evaluations = try await nomad.wait(for: "/v1/job/\(nomad.id)/evaluations") { list in
        list.array?.contains { $0["Status"] == "blocked" } == true
      }
      let reasons = (evaluations.array ?? []).compactMap { $0["FailedTGAllocs"]?["worker"] }
      #expect(reasons.first?["NodesEvaluated"] == 0)
      #expect(try await nomad.call("GET", "/v1/job/\(nomad.id)").json["Status"] == "pending")
      #expect(try await nomad.call("GET", "/v1/job/\(nomad.id)/allocations").json == [])
    }
  }

  @Test func `What was dispatched is listed under its job, whichever way its slash is written`() async throws
  {
    try await ContractServer.with { nomad in
      let job = try await nomad.run("true", meta: ["attempt": "1"])
      let listed = try await nomad.call("GET", "/v1/jobs?prefix=\(nomad.id)/dispatch-").json
      #expect(listed.array?.compactMap { $0["ID"]?.string } == [job])
      let escaped = try await nomad.call("GET", "/v1/job/\(job.replacing("/", with: "%2F"))").json
      #expect(escaped["ID"] == .string(job))
      let summary = try await nomad.wait(for: "/v1/job/\(nomad.id)/summary") { $0["Children"]?["Dead"] == 1 }
      #expect(summary["JobID"] == .string(nomad.id))
    }
  }

  @Test func `A blocking query waits for news, and no longer than it was told to`() async throws {
    try await ContractServer.with { nomad in
      let job = try await nomad.run("sleep 600")
      _ = try await nomad.allocation(of: job, reaching: "running")
      let path = "/v1/job/\(job)"
      let before = try await nomad.wait(for: path) { $0["Status"] == "running" }
      let index = before["ModifyIndex"]?.integer ?? 0
      let same = try await nomad.call("GET", "\(path)?index=\(index)&wait=100ms")
      #expect(same.json["ModifyIndex"]?.integer == index)
      async let changed = nomad.call("GET", "\(path)?index=\(index)&wait=50s")
      _ = try await nomad.call("DELETE", path)
      #expect(try await changed.json["Stop"] == true)
      #expect(try await changed.index > index)
    }
  }

  @Test func `A changed job has its next version, and the one before is remembered`() async throws {
    try await ContractServer.with { nomad in
      try await nomad.register(nomad.job("true"))
      try await nomad.register(nomad.job("true"))
      try await nomad.register(nomad.job("false"))
      let versions = try await nomad.call("GET", "/v1/job/\(nomad.id)/versions").json["Versions"]
      #expect(versions?.array?.compactMap { $0["Version"]?.integer } == [1, 0])
    }
  }

  @Test func `The event stream tells of a job and of its allocation`() async throws {
    try await ContractServer.with { nomad in
      let registered = try await nomad.register(nomad.job("true"))
      let response = try await nomad.send(
        "GET", "/v1/event/stream?topic=Job:\(nomad.id)&index=\(registered.index)")
      var text = ""
      while !text.contains("JobRegistered"), let bytes = try await response.body.next() {
        text += String(decoding: bytes, as: UTF8.self)
      }
      let lines = try text.split(separator: "\n").filter { $0 != "{}" }.map {
        try JSONValue(parsing: Array($0.utf8))
      }
      let event = try #require(lines.first?["Events"]?[0])
      #expect(event["Topic"] == "Job" && event["Type"] == "JobRegistered")
      #expect(event["Key"] == .string(nomad.id))
      #expect(event["Payload"]?["Job"]?["ID"] == .string(nomad.id))
    }
  }
}
