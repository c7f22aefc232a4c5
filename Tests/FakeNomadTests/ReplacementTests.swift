import HTTP
import Platform
import TestSupport
import Testing

@testable import FakeNomad

/// Allocations that follow each other, and tasks that are started again.
@Suite(.fewAtOnce) struct ReplacementTests {
  private func job(_ script: String, policy: JSONValue) -> JSONValue {
    var job = Jobs.shell(script, id: "shell").object ?? [:]
    var group = job["TaskGroups"]?[0]?.object ?? [:]
    group["ReschedulePolicy"] = policy
    job["TaskGroups"] = [.object(group)]
    return .object(job)
  }

  @Test("a failed allocation is followed by as many as its policy allows")
  func rescheduled() async throws {
    try await withNomad { nomad in
      let policy: JSONValue = [
        "Attempts": 1, "Interval": 3_600_000_000_000, "Delay": 1_000_000, "DelayFunction": "constant",
        "Unlimited": false,
      ]
      try await nomad.register(job("exit 1", policy: policy))
      let id = try await nomad.dispatch("shell")
      var answer = try await nomad.call("GET", "/v1/job/\(id)")
      for _ in 0..<20 where answer.json["Status"] != "dead" {
        answer = try await nomad.call("GET", "/v1/job/\(id)?index=\(answer.index)&wait=20s")
      }
      let listed = try await nomad.call("GET", "/v1/job/\(id)/allocations").json.array ?? []
      #expect(listed.map { $0["ClientStatus"] } == ["failed", "failed"])
      #expect(listed.map { $0["DesiredStatus"] } == ["stop", "run"])
      let first = try #require(listed.first?["ID"]?.string)
      let second = try #require(listed.last?["ID"]?.string)
      let json = try await nomad.call("GET", "/v1/allocation/\(second)").json
      #expect(json["PreviousAllocation"] == .string(first))
      #expect(json["RescheduleTracker"]?["Events"]?[0]?["PrevAllocID"] == .string(first))
      let evaluations = try await nomad.call("GET", "/v1/job/\(id)/evaluations").json
      #expect(evaluations.array?.map { $0["TriggeredBy"] } == ["job-register", "alloc-failure"])
    }
  }

  @Test("an allocation that is waiting to be followed is not, once its job is stopped")
  func stoppedMeanwhile() async throws {
    try await withNomad { nomad in
      try await nomad.register(
        job("exit 1", policy: ["Attempts": 1, "Interval": 3_600_000_000_000, "Delay": 600_000_000_000]))
      let id = try await nomad.dispatch("shell")
      _ = try await nomad.nomad.allocation(ofJob: id, reaching: .failed)
      #expect(try await nomad.call("GET", "/v1/job/\(id)").json["Status"] == "pending")
      let waiting = try await nomad.call("GET", "/v1/job/\(id)/allocations").json[0]
      #expect(waiting?["FollowupEvalID"]?.string?.isEmpty == false)
      _ = try await nomad.call("DELETE", "/v1/job/\(id)")
      #expect(try await nomad.call("GET", "/v1/job/\(id)").json["Status"] == "dead")
    }
  }

  @Test("an allocation that is stopped by its own id is replaced")
  func stoppedAllocation() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("exec sleep 600")
      let first = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
      let answer = try await nomad.call("POST", "/v1/allocation/\(first.id)/stop")
      #expect(answer.json["EvalID"]?.string?.utf8.count == 36)
      let ended = try await nomad.nomad.allocation(ofJob: id, reaching: .complete)
      #expect(ended.id == first.id)
      _ = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
      #expect(nomad.nomad.allocations(ofJob: id).count == 2)
    }
  }

  @Test("a changed job stops what ran of it and runs anew")
  func changedJob() async throws {
    try await withNomad { nomad in
      try await nomad.register(Jobs.shell("exec sleep 600", id: "plain", isParameterized: false))
      _ = try await nomad.nomad.allocation(ofJob: "plain", reaching: .running)
      try await nomad.register(Jobs.shell("exec sleep 600", id: "plain", isParameterized: false))
      #expect(nomad.nomad.allocations(ofJob: "plain").count == 1)
      try await nomad.register(Jobs.shell("exec sleep 601", id: "plain", isParameterized: false))
      #expect(nomad.nomad.allocations(ofJob: "plain").count == 2)
      let ended = try await nomad.nomad.allocation(ofJob: "plain", reaching: .complete)
      #expect(ended.id == nomad.nomad.allocations(ofJob: "plain").first?.id)
    }
  }

  @Test("a forced evaluation replaces what has failed")
  func forced() async throws {
    try await withNomad { nomad in
      try await nomad.register(Jobs.shell("exit 1", id: "plain", isParameterized: false))
      _ = try await nomad.nomad.allocation(ofJob: "plain", reaching: .failed)
      for (forces, count) in [(false, 1), (true, 2)] {
        let body: JSONValue = ["JobID": "plain", "EvalOptions": ["ForceReschedule": .bool(forces)]]
        let answer = try await nomad.call("POST", "/v1/job/plain/evaluate", body)
        #expect(answer.json["EvalID"]?.string?.utf8.count == 36)
        #expect(nomad.nomad.allocations(ofJob: "plain").count == count)
      }
      try await nomad.register(Jobs.shell("true", id: "shell"))
      let refused = try await nomad.call("POST", "/v1/job/shell/evaluate", ["JobID": "shell"])
      #expect(refused.status == 500 && refused.text == "can't evaluate parameterized job")
    }
  }

  @Test("a task that failed takes the others of its group with it")
  func siblings() async throws {
    try await withNomad { nomad in
      var job = Jobs.shell("exit 1", id: "shell").object ?? [:]
      var group = job["TaskGroups"]?[0]?.object ?? [:]
      let other: JSONValue = [
        "Name": "other", "Driver": "raw_exec", "Config": ["command": "/bin/sleep", "args": ["600"]],
      ]
      group["Tasks"] = .array((group["Tasks"]?.array ?? []) + [other])
      job["TaskGroups"] = [.object(group)]
      try await nomad.register(.object(job))
      let allocation = try await nomad.nomad.allocation(
        ofJob: nomad.dispatch("shell"), reaching: .failed)
      #expect(allocation.events["other"]?.last?.type == "Killed")
    }
  }
}

/// The two policies as values, with times in seconds.
@Suite struct PolicyTests {
  private static let second: Int64 = 1_000_000_000

  @Test(
    "a task is started again within its policy only",
    arguments: [
      (0, "fail", [0], "Policy allows no restarts"),
      (2, "fail", [1, 2, 3], "Exceeded allowed attempts 2 in interval 10s and mode is \"fail\""),
      (2, "fail", [1, 2, 13, 14], nil), (1, "delay", [1, 2, 3], nil),
    ] as [(Int64, String, [Int64], String?)])
  func restarts(_ attempts: Int64, _ mode: String, _ ends: [Int64], _ reason: String?) {
    var tracker = RestartTracker(
      [
        "Attempts": .integer(attempts), "Interval": .integer(10 * Self.second),
        "Delay": .integer(Self.second),
        "Mode": .string(mode),
      ], now: 0)
    var last: RestartTracker.Decision?
    for end in ends { last = tracker.decide(now: end * Self.second) }
    if let reason {
      #expect(last == .giveUp(reason: reason))
    } else if mode == "delay" {
      let exceeded = "Exceeded allowed attempts 1 in interval 10s and mode is \"delay\""
      #expect(last == .restart(afterNanoseconds: 7 * Self.second, reason: exceeded))
    } else {
      #expect(last == .restart(afterNanoseconds: Self.second, reason: "Restart within policy"))
    }
  }

  @Test(
    "the delays between allocations grow as the function says, up to their limit",
    arguments: [
      ("constant", [5, 5, 5, 5, 5]), ("exponential", [5, 10, 20, 40, 60]), ("fibonacci", [5, 5, 10, 15, 25]),
    ] as [(String, [Int64])])
  func delays(_ function: String, _ expected: [Int64]) {
    let policy = ReschedulePolicy([
      "Unlimited": true, "Delay": .integer(5 * Self.second), "DelayFunction": .string(function),
      "MaxDelay": .integer(60 * Self.second),
    ])
    var earlier: [Allocation.Reschedule] = []
    for seconds in expected {
      let delay = policy.nextDelay(after: earlier)
      #expect(delay == seconds * Self.second)
      earlier.append(
        Allocation.Reschedule(
          time: .now(), previousAllocationID: "", previousNodeID: "", delayNanoseconds: delay))
    }
  }
}
