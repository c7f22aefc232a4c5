import FakeNomad
import HTTP
import Platform
import TestSupport
import Testing

/// A server that goes away and comes again, or has no leader.
@Suite(.fewAtOnce) struct ServerTests {
  @Test("a server that comes again has the same port, and everything goes on from where it is")
  func restart() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("mkfifo ../fifo; echo made; read -r line < ../fifo; echo $line")
      let before = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
      _ = try await nomad.nomad.log(allocation: before.id, task: "run", containing: "made")
      let index = try await nomad.call("GET", "/v1/job/\(id)").index
      await nomad.nomad.stopServer()
      let refused = await #expect(throws: HTTPClientError.self) {
        try await nomad.call("GET", "/v1/jobs")
      }
      #expect(refused?.code == .connectFailed)
      try nomad.nomad.settle(before.id, as: .complete)
      try await nomad.nomad.startServer()
      let after = try await nomad.call("GET", "/v1/job/\(id)")
      #expect(after.json["Status"] == "dead")
      #expect(after.index > index)
    }
  }

  @Test("a query that waits is cut when its server goes away")
  func cutQuery() async throws {
    try await withNomad { nomad in
      try await nomad.register(Jobs.shell("true", id: "shell"))
      let index = try await nomad.call("GET", "/v1/job/shell").index
      async let waiting = nomad.call("GET", "/v1/job/shell?index=\(index)&wait=60s")
      // It may not have arrived yet: then it is refused.
      await nomad.nomad.stopServer()
      var isCut = false
      do { _ = try await waiting } catch is HTTPClientError { isCut = true }
      #expect(isCut)
    }
  }

  @Test("over HTTP a server can be sent away for a time")
  func restartByControl() async throws {
    try await withNomad { nomad in
      try await nomad.register(Jobs.shell("true", id: "shell"))
      // A reader that got something is connected, and sees the end.
      let events = try await nomad.open("/v1/event/stream?index=1")
      #expect(try await events.body.next() != nil)
      let answer = try await nomad.call("POST", "/_fake/restart", ["downSeconds": 0])
      #expect(answer.status == 200)
      await #expect(throws: HTTPClientError.self) {
        while try await events.body.next() != nil {}
      }
      var status: Int?
      let end = MonotonicClock.nanoseconds() + 20_000_000_000
      while status == nil, MonotonicClock.nanoseconds() < end {
        status = try? await nomad.call("GET", "/v1/job/shell").status
      }
      #expect(status == 200)
    }
  }

  @Test("without a leader nothing but the status and stale queries is answered")
  func noLeader() async throws {
    try await withNomad { nomad in
      try await nomad.register(Jobs.shell("true", id: "shell"))
      nomad.nomad.setLeader(false)
      for (method, path) in [("GET", "/v1/jobs"), ("POST", "/v1/job/shell/dispatch"), ("GET", "/v1/nodes")] {
        let answer = try await nomad.call(method, path, ["Meta": [:]])
        #expect(answer.status == 500 && answer.text == "No cluster leader")
      }
      #expect(try await nomad.call("GET", "/v1/status/leader").json == "")
      #expect(try await nomad.call("GET", "/v1/agent/health").status == 500)
      let stale = try await nomad.call("GET", "/v1/jobs?stale")
      #expect(stale.status == 200)
      #expect(stale.headers["X-Nomad-KnownLeader"] == "false")
      #expect(try await nomad.call("POST", "/_fake/leader", ["elected": true]).status == 200)
      let answer = try await nomad.call("GET", "/v1/jobs")
      #expect(answer.headers["X-Nomad-KnownLeader"] == "true")
      #expect(answer.headers["X-Nomad-LastContact"] == "0")
    }
  }

  @Test("a fault can wait for its turn, and can cut an answer in its middle")
  func truncated() async throws {
    try await withNomad { nomad in
      nomad.nomad.plan(.truncate, method: "POST", pathPrefix: "/v1/jobs", skipping: 1)
      try await nomad.register(Jobs.shell("true", id: "first"))
      await #expect(throws: HTTPClientError.self) {
        try await nomad.call("POST", "/v1/jobs", ["Job": Jobs.shell("true", id: "second")])
      }
      #expect(try await nomad.call("GET", "/v1/jobs").json.array?.count == 2)
    }
  }
}
