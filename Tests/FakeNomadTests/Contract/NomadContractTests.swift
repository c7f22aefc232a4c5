import Crypto
import HTTP
import Platform
import TestSupport
import Testing

/// What a driver may rely on: the fake and every real server pass the same tests. `MISE_CI_NOMAD_ADDR` names a real one.
@Suite(.fewAtOnce) struct NomadContractTests {
  @Test func `A dispatched job runs to its end, and says what it did`() async throws {
    try await ContractServer.with { nomad in
      let job = try await nomad.run(
        "echo \"$NOMAD_META_colour $GREETING\"; echo wrong >&2", meta: ["colour": "blue"],
        task: ["Env": ["GREETING": "hello ${NOMAD_META_colour} ${NOMAD_TASK_NAME}"]])
      #expect(job.hasPrefix("\(nomad.id)/dispatch-"))
      let allocation = try await nomad.allocation(of: job, reaching: "complete")
      #expect(allocation["DesiredStatus"] == "run")
      #expect(allocation.eventTypes == ["Received", "Task Setup", "Started", "Terminated"])
      #expect(allocation.event("Terminated")?["Details"]?["exit_code"] == "0")
      #expect(try await nomad.log(of: allocation) == "blue hello blue run\n")
      #expect(try await nomad.log(of: allocation, "stderr") == "wrong\n")
      let read = try await nomad.wait(for: "/v1/job/\(job)") { $0["Status"] == "dead" }
      #expect(read["ParentID"] == .string(nomad.id))
      #expect(read["Dispatched"] == true && read["Stop"] == false)
      #expect(read["Meta"] == ["colour": "blue"])
    }
  }

  @Test func `A task that fails says with which exit code, and is not started again`() async throws {
    try await ContractServer.with { nomad in
      let allocation = try await nomad.allocation(of: nomad.run("exit 3"), reaching: "failed")
      #expect(allocation["TaskStates"]?["run"]?["Failed"] == true)
      #expect(allocation.event("Terminated")?["ExitCode"] == 3)
      #expect(allocation.event("Not Restarting")?["DisplayMessage"] == "Policy allows no restarts")
    }
  }

  @Test func `A task that fails is started again as often as its policy says`() async throws {
    try await ContractServer.with { nomad in
      let policy: JSONValue = [
        "Attempts": 1, "Interval": 600_000_000_000, "Delay": 1_000_000, "Mode": "fail",
      ]
      let job = try await nomad.run("echo again; exit 1", group: ["RestartPolicy": policy])
      let allocation = try await nomad.allocation(of: job, reaching: "failed")
      #expect(allocation["TaskStates"]?["run"]?["Restarts"] == 1)
      #expect(try await nomad.log(of: allocation) == "again\nagain\n")
    }
  }

  @Test func `A program that is not there is a driver failure that names it`() async throws {
    try await ContractServer.with { nomad in
      let job = try await nomad.run("", task: ["Config": ["command": "/no/such/program"]])
      let allocation = try await nomad.allocation(of: job, reaching: "failed")
      #expect(
        allocation.event("Driver Failure")?["DisplayMessage"]?.string?.contains("/no/such/program") == true)
      let id = allocation["ID"]?.string ?? ""
      let log = try await nomad.call("GET", "/v1/client/fs/logs/\(id)?task=run&type=stdout&plain=true")
      #expect(log.status == 404)
    }
  }

  @Test func `Stopping a job sends its task the signal that it asks for, and leaves it dead`() async throws {
    try await ContractServer.with { nomad in
      let job = try await nomad.run(
        "trap 'echo asked; exit 0' TERM; echo ready; while :; do sleep 0.1; done",
        task: ["KillSignal": "SIGTERM", "KillTimeout": 30_000_000_000])
      let running = try await nomad.allocation(of: job, reaching: "running")
      try await follow(nomad, running, until: "ready")
      let stopped = try await nomad.call("DELETE", "/v1/job/\(job)")
      #expect(stopped.json["EvalID"]?.string?.utf8.count == 36)
      let ended = try await nomad.allocation(of: job, reaching: "complete")
      #expect(ended["DesiredStatus"] == "stop")
      #expect(ended.eventTypes.contains("Killing"))
      #expect(try await nomad.log(of: ended) == "ready\nasked\n")
      let read = try await nomad.wait(for: "/v1/job/\(job)") { $0["Status"] == "dead" }
      #expect(read["Stop"] == true)
      #expect(try await nomad.call("DELETE", "/v1/job/\(job)?purge=true").status == 200)
      let gone = try await nomad.call("GET", "/v1/job/\(job)")
      #expect(gone.status == 404 && gone.text == "job not found")
    }
  }

  /// Reads a log as it comes until it has a text in it.
  private func follow(_ nomad: ContractServer, _ allocation: JSONValue, until text: String) async throws {
    let id = allocation["ID"]?.string ?? ""
    let response = try await nomad.send(
      "GET", "/v1/client/fs/logs/\(id)?task=run&type=stdout&plain=true&follow=true")
    var read = ""
    while !read.contains(text), let bytes = try await response.body.next() {
      read += String(decoding: bytes, as: UTF8.self)
    }
    #expect(read.contains(text))
  }

  @Test func `A log is read from either end, plainly and in frames`() async throws {
    try await ContractServer.with { nomad in
      let allocation = try await nomad.allocation(of: nomad.run("printf 0123456789"), reaching: "complete")
      #expect(try await nomad.log(of: allocation, query: "&plain=true&offset=7") == "789")
      #expect(try await nomad.log(of: allocation, query: "&plain=true&origin=end&offset=4") == "6789")
      let frame = try JSONValue(parsing: Array(try await nomad.log(of: allocation, query: "&offset=2").utf8))
      #expect(frame["Data"]?.string.flatMap { Base64.decode($0) } == Array("23456789".utf8))
      #expect(frame["Offset"] == 10)
      #expect(frame["File"] == "alloc/logs/run.stdout.0")
    }
  }
}
