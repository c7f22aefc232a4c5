import Crypto
import FakeNomad
import Glibc
import HTTP
import Platform
import Synchronization
import TestSupport
import Testing

@Suite(.fewAtOnce) struct TaskTests {
  @Test("a raw_exec task runs with its meta, its environment and its folders, and its output is kept")
  func rawExec() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run(
        "echo \"$NOMAD_META_colour $NOMAD_META_COLOUR $GREETING\"; test -d $NOMAD_ALLOC_DIR && "
          + "test -d $NOMAD_TASK_DIR && echo folders; echo wrong >&2",
        ["colour": "blue"], task: ["Env": ["GREETING": "hello ${NOMAD_META_colour} ${unknown}"]])
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .complete)
      #expect(
        String(decoding: nomad.nomad.log(allocation: allocation.id, task: "run"), as: UTF8.self)
          == "blue blue hello blue ${unknown}\nfolders\n")
      #expect(nomad.nomad.log(allocation: allocation.id, task: "run", isError: true) == Array("wrong\n".utf8))
      #expect(
        allocation.events["run"]?.map(\.type) == ["Received", "Task Setup", "Started", "Terminated"])
      #expect(try await nomad.call("GET", "/v1/job/\(id)").json["Status"] == "dead")
    }
  }

  @Test("what is known of the machine, the job and the dispatch stands in for its name")
  func interpolation() async throws {
    var options = FakeNomadOptions()
    options.nodeMeta = ["rack": "r1"]
    options.nodeName = "machine"
    try await withNomad(options) { nomad in
      let names = [
        "NOMAD_META_colour", "meta.rack", "attr.kernel.name", "node.unique.name", "node.datacenter",
        "NOMAD_TASK_NAME", "NOMAD_GROUP_NAME", "NOMAD_JOB_PARENT_ID", "NOMAD_NAMESPACE", "no.such.name",
      ]
      let texts = names.map { "${\($0)}" }.joined(separator: " ")
      let id = try await nomad.run(
        "", ["colour": "blue"],
        task: ["Config": ["command": "/bin/echo", "args": [.string(texts)]]])
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .complete)
      let printed = nomad.nomad.log(allocation: allocation.id, task: "run")
      #expect(
        String(decoding: printed, as: UTF8.self)
          == "blue r1 linux machine dc1 run worker shell default ${no.such.name}\n")
    }
  }

  @Test("the payload of a dispatch is a file of the task that asks for it")
  func payload() async throws {
    try await withNomad { nomad in
      let job = Jobs.shell(
        "cat $NOMAD_TASK_DIR/input", id: "shell", payload: "required",
        task: ["DispatchPayload": ["File": "input"]])
      try await nomad.register(job)
      let answer = try await nomad.call(
        "POST", "/v1/job/shell/dispatch", ["Payload": .string(Base64.encode(Array("hello".utf8)))])
      let id = try #require(answer.json["DispatchedJobID"]?.string)
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .complete)
      #expect(nomad.nomad.log(allocation: allocation.id, task: "run") == Array("hello".utf8))
      #expect(try await nomad.call("GET", "/v1/job/\(id)").json["Payload"] == "aGVsbG8=")
    }
  }

  @Test("a container whose task names no command runs what its image would")
  func entryPoint() async throws {
    var options = FakeNomadOptions()
    options.otherImages = .run
    options.imageEntryPoint = ["/bin/echo", "from ${NOMAD_META_image}"]
    try await withNomad(options) { nomad in
      let id = try await nomad.run(
        "", ["image": "a:1"],
        task: ["Driver": "docker", "Config": ["image": "${NOMAD_META_image}", "args": ["more"]]])
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .complete)
      #expect(
        nomad.nomad.log(allocation: allocation.id, task: "run") == Array("from a:1 more\n".utf8))
    }
  }

  @Test("a task that fails says with which exit code, and that it is not started again")
  func failure() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("exit 3")
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .failed)
      #expect(
        allocation.events["run"]?.suffix(2).map(\.message) == ["Exit Code: 3", "Policy allows no restarts"])
    }
  }

  @Test("a policy with attempts starts a failed task again")
  func restarts() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run(
        "test -e $NOMAD_ALLOC_DIR/mark || { touch $NOMAD_ALLOC_DIR/mark; exit 1; }",
        task: [
          "RestartPolicy": ["Attempts": 1, "Delay": 1_000_000, "Interval": 1_000_000_000, "Mode": "fail"]
        ])
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .complete)
      #expect(allocation.events["run"]?.contains { $0.type == "Restarting" } == true)
    }
  }

  @Test("a command that is not there is a driver failure")
  func missingCommand() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("", task: ["Config": ["command": "/no/such/program"]])
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .failed)
      let failure = try #require(allocation.events["run"]?.first { $0.type == "Driver Failure" })
      #expect(failure.message.contains("/no/such/program"))
    }
  }

  @Test("stopping a job interrupts its task and kills what ignores that")
  func stop() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run(
        "trap '' INT; echo $$; while :; do sleep 60; done", task: ["KillTimeout": 50_000_000])
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
      _ = try await nomad.call("DELETE", "/v1/job/\(id)")
      let ended = try await nomad.nomad.allocation(ofJob: id, reaching: .complete)
      #expect(ended.events["run"]?.map(\.type).suffix(3) == ["Killing", "Terminated", "Killed"])
      let job = try await nomad.call("GET", "/v1/job/\(id)").json
      #expect(job["Stop"] == true && job["Status"] == "dead")
      let purge = try await nomad.call("DELETE", "/v1/job/\(id)?purge=true")
      #expect(purge.status == 200)
      #expect(try await nomad.call("GET", "/v1/job/\(id)").status == 404)
      #expect(allocation.id == ended.id)
    }
  }

  @Test("when the fake stops, no process of a task is left, also none that it started itself")
  func noneLeft() async throws {
    let processID = try await withNomad { nomad in
      let id = try await nomad.run("sleep 600 & echo $!; wait")
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
      let output = try await nomad.nomad.log(allocation: allocation.id, task: "run", containing: "\n")
      return output.prefix { !$0.isNewline }
    }
    #expect(hasEnded(String(processID)))
  }

  /// Gone, or dead and not reaped yet by whoever inherited it. The kernel may take a moment after the signal.
  private func hasEnded(_ processID: String) -> Bool {
    let end = MonotonicClock.nanoseconds() + 5_000_000_000
    repeat {
      guard let file = fopen("/proc/\(processID)/stat", "r") else { return true }
      defer { fclose(file) }
      var line = [UInt8](repeating: 0, count: 512)
      let count = fread(&line, 1, line.count, file)
      let text = String(decoding: line[..<count], as: UTF8.self)
      if count == 0 || text.contains(") Z ") || text.contains(") X ") { return true }
      sched_yield()
    } while MonotonicClock.nanoseconds() < end
    return false
  }

  @Test(
    "a docker task fails by default with the pull's error, and does what is planned else",
    arguments: [
      (nil, "failed", "Driver Failure", "Failed to pull `some/image:1`: API error (404): manifest unknown"),
      (
        .pullFailure("denied"), "failed", "Driver Failure",
        "Failed to pull `some/image:1`: API error (404): denied"
      ),
      (.outOfMemory, "failed", "Terminated", "Exit Code: 137, Signal: 9, Exit Message: \"OOM Killed\""),
      (.run, "complete", "Terminated", "Exit Code: 0"),
    ] as [(FakeNomadOptions.ImageOutcome?, String, String, String)])
  func docker(_ plan: FakeNomadOptions.ImageOutcome?, status: String, type: String, message: String)
    async throws
  {
    try await withNomad { nomad in
      if let plan { nomad.nomad.plan(plan, forImage: "some/image:1") }
      let id = try await nomad.run(
        "", ["image": "some/image:1"],
        task: ["Driver": "docker", "Config": ["image": "${NOMAD_META_image}", "command": "true"]])
      let wanted = try #require(FakeNomad.AllocationView.Status(rawValue: status))
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: wanted)
      #expect(allocation.events["run"]?.contains { $0.type == type && $0.message == message } == true)
    }
  }

  @Test("a loopback stands in for the command and gets environment and meta")
  func loopback() async throws {
    let seen = Mutex<(environment: [String: String], meta: [String: String])?>(nil)
    var options = FakeNomadOptions()
    options.loopback = { environment, meta in
      seen.withLock { $0 = (environment, meta) }
      return meta["code"].flatMap { Int32($0) } ?? 0
    }
    try await withNomad(options) { nomad in
      let id = try await nomad.run("exit 99", ["code": "4"], task: ["Driver": "docker", "Env": ["A": "b"]])
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .failed)
      #expect(allocation.events["run"]?.contains { $0.message == "Exit Code: 4" } == true)
    }
    let call = try #require(seen.withLock { $0 })
    #expect(call.environment["A"] == "b")
    #expect(call.environment["NOMAD_META_code"] == "4")
    #expect(call.meta == ["code": "4"])
  }

  @Test("a machine that is lost takes its task with it")
  func lost() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("sleep 600")
      let running = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
      let answer = try await nomad.call(
        "POST", "/_fake/allocations/\(running.id)", ["status": "lost", "description": "node is down"])
      #expect(answer.status == 200)
      let json = try await nomad.call("GET", "/v1/allocation/\(running.id)").json
      #expect(json["ClientStatus"] == "lost")
      #expect(json["ClientDescription"] == "node is down")
      #expect(try await nomad.call("GET", "/v1/job/\(id)").json["Status"] == "dead")
    }
  }

  @Test(
    "a job that fits no node stays pending, and the evaluation says why",
    arguments: [
      (["dc9"], "raw_exec", ["NodesEvaluated": 0, "NodesAvailable": ["dc9": 0]]),
      (["dc1"], "qemu", ["NodesEvaluated": 1, "ConstraintFiltered": ["missing drivers": 1]]),
    ] as [([String], String, [String: JSONValue])])
  func notPlaced(_ datacenters: [String], driver: String, reason: [String: JSONValue]) async throws {
    try await withNomad { nomad in
      var job = Jobs.shell("true", id: "shell", task: ["Driver": .string(driver)]).object ?? [:]
      job["Datacenters"] = .array(datacenters.map { .string($0) })
      try await nomad.register(.object(job))
      let id = try await nomad.dispatch("shell")
      #expect(try await nomad.call("GET", "/v1/job/\(id)/allocations").json == [])
      #expect(try await nomad.call("GET", "/v1/job/\(id)").json["Status"] == "pending")
      let listed = try await nomad.call("GET", "/v1/job/\(id)/evaluations").json
      let evaluations = listed.array ?? []
      let failures = evaluations.compactMap { $0["FailedTGAllocs"]?["worker"] }
      let metrics = try #require(failures.first)
      for (field, value) in reason { #expect(metrics[field] == value) }
      #expect(Set(evaluations.compactMap { $0["Status"]?.string }) == ["complete", "blocked"])
    }
  }
}
