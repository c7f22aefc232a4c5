import FakeNomad
import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce) struct FaultTests {
  @Test("a planned answer comes as often as planned, and nothing is done")
  func answers() async throws {
    try await withNomad { nomad in
      nomad.nomad.plan(.noLeader, method: "POST", pathPrefix: "/v1/jobs", times: 2)
      let job = Jobs.shell("true", id: "shell")
      for _ in 0..<2 {
        let answer = try await nomad.call("POST", "/v1/jobs", ["Job": job])
        #expect(answer.status == 500)
        #expect(answer.text == "No cluster leader")
      }
      #expect(try await nomad.call("GET", "/v1/jobs").json == [])
      try await nomad.register(job)
      #expect(nomad.nomad.requests.map(\.status) == [500, 500, 200, 200])
    }
  }

  @Test(
    "a connection is cut before or after the request is carried out",
    arguments: [
      (FakeNomad.Fault.cut, 0), (.cutAfterHandling, 1),
    ])
  func cuts(_ fault: FakeNomad.Fault, registeredJobs: Int) async throws {
    try await withNomad { nomad in
      nomad.nomad.plan(fault, method: "POST", pathPrefix: "/v1/jobs")
      await #expect(throws: HTTPClientError.self) {
        try await nomad.call("POST", "/v1/jobs", ["Job": Jobs.shell("true", id: "shell")])
      }
      let jobs = try await nomad.call("GET", "/v1/jobs").json
      #expect(jobs.array?.count == registeredJobs)
      #expect(nomad.nomad.requests.first?.status == nil)
    }
  }

  @Test("a delayed answer is the real one")
  func delay() async throws {
    try await withNomad { nomad in
      nomad.nomad.plan(.delay(milliseconds: 5), pathPrefix: "/v1/nodes")
      let nodes = try await nomad.call("GET", "/v1/nodes").json
      #expect(nodes.array?.count == 1)
    }
  }

  @Test("faults, images, requests and a reset are there over HTTP as well")
  func control() async throws {
    try await withNomad { nomad in
      let planned = try await nomad.call(
        "POST", "/_fake/faults", ["pathPrefix": "/v1/nodes", "status": 503, "body": "later"])
      #expect(planned.status == 200)
      #expect(try await nomad.call("GET", "/v1/nodes").text == "later")
      let images = try await nomad.call(
        "POST", "/_fake/images", ["image": "a:1", "outcome": "outOfMemory"])
      #expect(images.status == 200)
      try await nomad.register(Jobs.shell("true", id: "shell"))
      let requests = try await nomad.call("GET", "/_fake/requests").json
      #expect(requests[0]?["path"] == "/v1/nodes")
      #expect(requests[1]?["body"]?.string?.contains("shell") == true)
      #expect(try await nomad.call("POST", "/_fake/reset").status == 200)
      #expect(try await nomad.call("GET", "/_fake/requests").json == [])
      #expect(try await nomad.call("GET", "/v1/jobs").json == [])
      #expect(try await nomad.call("GET", "/_fake/").text.contains("/_fake/faults"))
    }
  }

  @Test(
    "a control request that says nothing useful is refused",
    arguments: [
      ("/_fake/faults", [:], 400), ("/_fake/faults", ["status": 7], 400), ("/_fake/images", [:], 400),
      ("/_fake/allocations/x", ["status": "running"], 400), ("/_fake/allocations/x", ["status": "lost"], 404),
      ("/_fake/other", [:], 404), ("/_fake/leader", [:], 400), ("/_fake/nodes", [:], 400),
      ("/_fake/nodes", ["down": true, "id": "x"], 404), ("/_fake/restart", ["downSeconds": -1], 400),
    ] as [(String, JSONValue, Int)])
  func refusals(_ path: String, _ body: JSONValue, _ status: Int) async throws {
    try await withNomad { nomad in
      let answer = try await nomad.call("POST", path, body)
      #expect(answer.status == status)
    }
  }
}
