import FakeNomad
import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce) struct NodeTests {
  @Test("while placement is held a dispatch waits and says that no node was eligible; then it runs")
  func heldPlacement() async throws {
    try await withNomad { nomad in
      nomad.nomad.holdPlacement(true)
      let id = try await nomad.run("true")
      let evaluations = try await nomad.call("GET", "/v1/job/\(id)/evaluations").json.array ?? []
      #expect(evaluations.map { $0["Status"] } == ["complete", "blocked"])
      let metrics = try #require(evaluations.first?["FailedTGAllocs"]?["worker"])
      #expect(metrics["NodesEvaluated"] == 0)
      #expect(metrics["NodesAvailable"] == ["dc1": 0])
      #expect(evaluations.first?["BlockedEval"] == evaluations.last?["ID"])
      #expect(try await nomad.call("GET", "/v1/job/\(id)").json["Status"] == "pending")
      #expect(try await nomad.call("GET", "/v1/job/\(id)/summary").json["Summary"]?["worker"]?["Queued"] == 1)
      nomad.nomad.holdPlacement(false)
      _ = try await nomad.nomad.allocation(ofJob: id, reaching: .complete)
      let after = try await nomad.call("GET", "/v1/job/\(id)/evaluations").json.array ?? []
      #expect(after.map { $0["Status"] } == ["complete", "complete"])
    }
  }

  @Test("a job that is stopped while it waits for a place never runs")
  func stoppedWhileHeld() async throws {
    try await withNomad { nomad in
      nomad.nomad.holdPlacement(true)
      let id = try await nomad.run("true")
      _ = try await nomad.call("DELETE", "/v1/job/\(id)")
      nomad.nomad.holdPlacement(false)
      #expect(nomad.nomad.allocations(ofJob: id).isEmpty)
      let evaluations = try await nomad.call("GET", "/v1/job/\(id)/evaluations").json.array ?? []
      #expect(evaluations.map { $0["Status"] } == ["complete", "canceled", "complete"])
      #expect(evaluations.last?["TriggeredBy"] == "job-deregister")
      #expect(try await nomad.call("GET", "/v1/job/\(id)").json["Status"] == "dead")
    }
  }

  @Test("what ran on a node that went down is lost, and placed on another one")
  func nodeDown() async throws {
    var options = FakeNomadOptions()
    options.nodeCount = 2
    try await withNomad(options) { nomad in
      let id = try await nomad.run("exec sleep 600")
      let first = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
      try nomad.nomad.setNode(nomad.nomad.nodeIDs[0], isDown: true)
      let second = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
      #expect(second.id != first.id)
      let lost = try await nomad.call("GET", "/v1/allocation/\(first.id)").json
      #expect(lost["ClientStatus"] == "lost" && lost["DesiredStatus"] == "stop")
      #expect(lost["DesiredDescription"] == "alloc is lost since its node is down")
      #expect(lost["NextAllocation"] == .string(second.id))
      let now = try await nomad.call("GET", "/v1/allocation/\(second.id)").json
      #expect(now["NodeID"] == .string(nomad.nomad.nodeIDs[1]))
      #expect(now["PreviousAllocation"] == .string(first.id))
      let nodes = try await nomad.call("GET", "/v1/nodes").json
      #expect(nodes.array?.map { $0["Status"] } == ["down", "ready"])
    }
  }

  @Test("with no other node what was lost waits until its node is back")
  func nodeBack() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("exec sleep 600")
      _ = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
      let down = try await nomad.call("POST", "/_fake/nodes", ["down": true])
      #expect(down.status == 200)
      #expect(try await nomad.call("GET", "/v1/job/\(id)").json["Status"] == "pending")
      #expect(nomad.nomad.allocations(ofJob: id).map(\.status) == [.lost])
      _ = try await nomad.call("POST", "/_fake/nodes", ["down": false])
      _ = try await nomad.nomad.allocation(ofJob: id, reaching: .running)
    }
  }

  @Test("what needs more than is free waits for its turn")
  func exhausted() async throws {
    var options = FakeNomadOptions()
    options.nodeMemoryMB = 500
    try await withNomad(options) { nomad in
      let first = try await nomad.run("exec sleep 600")
      let second = try await nomad.dispatch("shell")
      let evaluations = try await nomad.call("GET", "/v1/job/\(second)/evaluations").json
      let metrics = try #require(evaluations[0]?["FailedTGAllocs"]?["worker"])
      #expect(metrics["NodesExhausted"] == 1)
      #expect(metrics["DimensionExhausted"] == ["memory": 1])
      _ = try await nomad.call("DELETE", "/v1/job/\(first)")
      _ = try await nomad.nomad.allocation(ofJob: second, reaching: .running)
    }
  }

  @Test(
    "a constraint that no node meets is named",
    arguments: [
      ("${attr.kernel.name}", "=", "linux", nil), ("${meta.rack}", "!=", "r2", nil),
      ("${meta.rack}", "regexp", "^r[0-9]$", nil), ("${meta.rack}", "is_set", "", nil),
      ("${meta.rack}", "set_contains", "r1", nil), ("${meta.rack}", "=", "r2", "${meta.rack} = r2"),
      ("${meta.none}", "is_set", "", "${meta.none} is_set "),
      ("${node.class}", "<", "", "${node.class} < "),
    ] as [(String, String, String, String?)])
  func constraints(_ left: String, _ operand: String, _ right: String, _ filtered: String?) async throws {
    var options = FakeNomadOptions()
    options.nodeMeta = ["rack": "r1"]
    try await withNomad(options) { nomad in
      let constraint: JSONValue = [
        "LTarget": .string(left), "Operand": .string(operand), "RTarget": .string(right),
      ]
      let id = try await nomad.run("true", task: ["Constraints": [constraint]])
      let evaluation = try await nomad.call("GET", "/v1/job/\(id)/evaluations").json[0]
      let reasons = evaluation?["FailedTGAllocs"]?["worker"]?["ConstraintFiltered"]
      #expect(reasons == filtered.map { [$0: 1] })
    }
  }

  @Test("a node and what is placed there are described")
  func description() async throws {
    try await withNomad { nomad in
      let id = try await nomad.run("true")
      let allocation = try await nomad.nomad.allocation(ofJob: id, reaching: .complete)
      let path = "/v1/node/\(nomad.nomad.nodeIDs[0])"
      let node = try await nomad.call("GET", path).json
      #expect(node["Attributes"]?["kernel.name"] == "linux")
      #expect(node["Drivers"]?["raw_exec"]?["Healthy"] == true)
      #expect(try await nomad.call("GET", "\(path)/allocations").json[0]?["ID"] == .string(allocation.id))
      let unknown = try await nomad.call("GET", "/v1/node/00000000-0000-4000-8000-000000000000")
      #expect(unknown.status == 404 && unknown.text == "node not found")
    }
  }
}
