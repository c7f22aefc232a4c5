import Crypto
import FakeNomad
import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce) struct QueryTests {
  @Test("the documented template registers once it has datacenters, and dispatches")
  func documentedTemplate() async throws {
    try await withNomad { nomad in
      let text = try Jobs.fixture("documented.hcl")
      let parsed = try await nomad.call(
        "POST", "/v1/jobs/parse", ["JobHCL": .string(text), "Canonicalize": true])
      var job = try #require(parsed.json.object)
      let refused = try await nomad.call("POST", "/v1/jobs", ["Job": .object(job)])
      #expect(refused.status == 500)
      job["Datacenters"] = ["dc1"]
      try await nomad.register(.object(job))
      let id = try await nomad.dispatch("mise-ci-run", ["callback_url": "http://here", "token": "t"])
      #expect(id.wholeMatch(of: /mise-ci-run\/dispatch-[0-9]{10}-[0-9a-f]{8}/) != nil)
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .pending)
      #expect(allocation.jobID == id)
    }
  }

  @Test("an id with a slash is found with the slash and with its escape", arguments: ["/", "%2F"])
  func slash(_ slash: String) async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("true")
      let path = "/v1/job/" + id.replacing("/", with: slash)
      let job = try await nomad.call("GET", path)
      #expect(job.json["ID"] == .string(id))
      #expect(job.json["ParentID"] == "shell")
      #expect(try await nomad.call("GET", path + "/allocations").json.array?.count == 1)
      #expect(try await nomad.call("GET", path + "/evaluations").json.array?.count == 1)
      #expect(try await nomad.call("DELETE", path).status == 200)
    }
  }

  @Test("a blocking query waits for a change and answers it")
  func blocking() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run(
        "read -r line < $NOMAD_ALLOC_DIR/../fifo",
        task: [
          "Config": [
            "command": "/bin/sh", "args": ["-c", "mkfifo ../fifo; echo made; read -r line < ../fifo"],
          ]
        ])
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
      _ = try await nomad.nomad.log(allocation: allocation.id, task: "run", containing: "made")
      let path = "/v1/job/\(id)/allocations"
      let before = try await nomad.call("GET", path)
      #expect(before.json[0]?["ClientStatus"] == "running")
      async let after = nomad.call("GET", path + "?index=\(before.index)&wait=30s")
      try nomad.nomad.settle(allocation.id, as: .lost)
      #expect(try await after.json[0]?["ClientStatus"] == "lost")
      #expect(try await after.index > before.index)
    }
  }

  @Test("a blocking query without a change answers the same when its time is over")
  func blockingTimeout() async throws {
    try await withNomad { nomad in
      try await nomad.register(Jobs.shell("true", id: "shell"))
      let before = try await nomad.call("GET", "/v1/job/shell")
      let after = try await nomad.call("GET", "/v1/job/shell?index=\(before.index)&wait=20ms")
      #expect(after.index == before.index)
      #expect(after.json == before.json)
      let wrong = try await nomad.call("GET", "/v1/job/shell?index=1&wait=long")
      #expect(wrong.status == 400)
    }
  }

  @Test(
    "logs are read from either end, plainly and in frames",
    arguments: [
      ("&plain=true", "0123456789"), ("&plain=true&offset=7", "789"),
      ("&plain=true&origin=end&offset=4", "6789"), ("&plain=true&offset=99", ""),
    ])
  func logs(_ query: String, _ expected: String) async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("printf 0123456789")
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .complete)
      let path = "/v1/client/fs/logs/\(allocation.id)?task=run&type=stdout"
      #expect(try await nomad.call("GET", path + query).text == expected)
      let frame = try await nomad.call("GET", path + "&offset=2").json
      #expect(frame["Data"] == .string(Base64.encode(Array("23456789".utf8))))
      #expect(frame["Offset"] == 10)
      #expect(frame["File"] == "alloc/logs/run.stdout.0")
    }
  }

  @Test("a log that is longer than what is kept loses its beginning, and offsets count from what is left")
  func longLog() async throws {
    var options = FakeNomadOptions()
    options.maximumLogBytes = 4
    try await withNomad(options) { nomad in
      let id = try await nomad.run("printf 0123456789")
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .complete)
      let path = "/v1/client/fs/logs/\(allocation.id)?task=run&type=stdout&plain=true"
      #expect(try await nomad.call("GET", path + "&offset=2").text == "89")
      #expect(try await nomad.call("GET", path).text == "6789")
    }
  }

  @Test("jobs are listed by prefix, with their meta when it is asked for")
  func list() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("true", ["colour": "red"])
      try await nomad.register(Jobs.shell("true", id: "another"))
      let listed = try await nomad.call("GET", "/v1/jobs?prefix=shell/&meta=true").json
      #expect(listed.array?.count == 1)
      #expect(listed[0]?["ID"] == .string(id))
      #expect(listed[0]?["Meta"] == ["colour": "red"])
      let all = try await nomad.call("GET", "/v1/jobs").json.array ?? []
      #expect(all.count == 3)
      #expect(all.allSatisfy { $0["Meta"] == nil })
      let summary = try await nomad.call("GET", "/v1/job/shell/summary").json
      let children = summary["Children"]?.object ?? [:]
      #expect(children.values.compactMap(\.integer).reduce(0, +) == 1)
    }
  }

  @Test(
    "an idempotency token makes a repeated dispatch the same job, where it is honoured",
    arguments: [true, false])
  func idempotency(isHonoured: Bool) async throws {
    var options = FakeNomadOptions()
    options.honoursIdempotencyToken = isHonoured
    try await withNomad(options) { nomad in
      try await nomad.register(Jobs.shell("true", id: "shell"))
      let first = try await nomad.dispatch("shell", query: "?idempotency_token=a")
      let again = try await nomad.dispatch("shell", query: "?idempotency_token=a")
      #expect((first == again) == isHonoured)
      #expect(try await nomad.dispatch("shell", query: "?idempotency_token=b") != first)
    }
  }

  @Test("without the ACL token everything but the status is denied")
  func token() async throws {
    var options = FakeNomadOptions()
    options.token = "management"
    try await withNomad(options) { nomad in
      let denied = try await nomad.call("GET", "/v1/jobs")
      #expect(denied.status == 403)
      #expect(denied.text == "Permission denied")
      let unknown = try await nomad.call("GET", "/v1/jobs", headers: ["X-Nomad-Token": "other"])
      #expect(unknown.status == 403)
      #expect(unknown.text == "ACL token not found")
      #expect(try await nomad.call("GET", "/v1/jobs", headers: ["X-Nomad-Token": "management"]).status == 200)
      #expect(try await nomad.call("GET", "/v1/status/leader").json.string != nil)
    }
  }

  @Test("a namespace has jobs of its own")
  func namespaces() async throws {
    try await withNomad { nomad in
      let job = Jobs.shell("true", id: "shell")
      let refused = try await nomad.call("POST", "/v1/jobs?namespace=team", ["Job": job])
      #expect(refused.text == "job \"shell\" is in nonexistent namespace \"team\"")
      _ = try await nomad.call("POST", "/v1/namespaces", ["Name": "team", "Description": "ours"])
      #expect(try await nomad.call("GET", "/v1/namespace/team").json["Description"] == "ours")
      let registered = try await nomad.call("POST", "/v1/jobs?namespace=team", ["Job": job])
      #expect(registered.status == 200)
      #expect(try await nomad.call("GET", "/v1/job/shell").status == 404)
      #expect(try await nomad.call("GET", "/v1/job/shell?namespace=team").json["Namespace"] == "team")
      #expect(try await nomad.call("GET", "/v1/jobs?namespace=*").json.array?.count == 1)
    }
  }

  @Test(
    "a plan tells whether a job would change",
    arguments: [
      ([:], "None"), (["Priority": 70], "Edited"), (["ID": "new"], "Added"),
    ] as [([String: JSONValue], String)])
  func plan(_ changes: [String: JSONValue], _ expected: String) async throws {
    try await withNomad { nomad in
      let job = Jobs.shell("true", id: "shell")
      try await nomad.register(job)
      let changed = (job.object ?? [:]).merging(changes) { $1 }
      let id = changed["ID"]?.string ?? ""
      let plan = try await nomad.call(
        "POST", "/v1/job/\(id)/plan", ["Job": .object(changed), "Diff": true])
      #expect(plan.json["Diff"]?["Type"] == .string(expected))
    }
  }

  @Test("a changed job gets the next version, an unchanged one keeps its own")
  func versions() async throws {
    try await withNomad { nomad in
      for (script, version) in [("true", 0), ("true", 0), ("false", 1)] as [(String, JSONValue)] {
        try await nomad.register(Jobs.shell(script, id: "shell"))
        #expect(try await nomad.call("GET", "/v1/job/shell").json["Version"] == version)
      }
    }
  }

  @Test(
    "the nodes and the agent are described; only lists can be waited on",
    arguments: [
      ("/v1/nodes", true), ("/v1/allocations", true), ("/v1/evaluations", true), ("/v1/namespaces", true),
      ("/v1/deployments", true), ("/v1/agent/self", false), ("/v1/agent/health", false),
      ("/v1/agent/members", false), ("/v1/status/peers", false), ("/v1/status/leader", false),
      ("/v1/regions", false),
    ])
  func description(_ path: String, hasIndex: Bool) async throws {
    try await withNomad { nomad in
      let answer = try await nomad.call("GET", path)
      #expect(answer.status == 200)
      #expect(!answer.json.isNull)
      #expect((answer.index > 0) == hasIndex)
      #expect(try await nomad.call("PATCH", path).status == 405)
    }
  }
}
