import HTTP

extension ClusterState {
  /// Where a group goes, or why nowhere; with what was weighed in the form of Nomad's `AllocMetric`.
  enum Choice {
    case node(Node, JSONValue)
    case none(JSONValue)
  }

  /// The first node with everything that the group needs.
  func choice(for group: JSONValue, of job: JobRecord) -> Choice {
    var metrics = PlacementMetrics()
    let wanted = job.specification["Datacenters"]?.strings ?? []
    for name in wanted where name != "*" { metrics.nodesAvailable[name] = 0 }
    let candidates = nodes.filter {
      $0.takesWork && (wanted.contains($0.datacenter) || wanted.contains("*"))
    }
    for node in candidates { metrics.nodesAvailable[node.datacenter, default: 0] += 1 }
    for node in candidates {
      metrics.nodesEvaluated += 1
      if let reason = filterReason(node, group, job) {
        metrics.constraintFiltered[reason, default: 0] += 1
      } else if let dimension = exhaustedDimension(of: node, group) {
        metrics.dimensionExhausted[dimension, default: 0] += 1
      } else {
        metrics.chosenNodeID = node.id
        return .node(node, metrics.json)
      }
    }
    return .none(metrics.json)
  }

  private func filterReason(_ node: Node, _ group: JSONValue, _ job: JobRecord) -> String? {
    let tasks = group["Tasks"]?.array ?? []
    guard tasks.compactMap({ $0["Driver"]?.string }).allSatisfy(node.drivers.contains) else {
      return "missing drivers"
    }
    let attributes = node.attributes(region: region)
    let constraints = ([.object(job.specification), group] + tasks).flatMap {
      ($0["Constraints"]?.array ?? []).map(Constraint.init)
    }
    return constraints.first { !$0.isMet(by: attributes) }?.description
  }

  private func exhaustedDimension(of node: Node, _ group: JSONValue) -> String? {
    let used = allocations.values.filter { $0.nodeID == node.id && !$0.clientStatus.isTerminal }.map(\.group)
    func total(_ field: String) -> Int64 {
      (used + [group]).reduce(into: 0) { sum, group in
        for task in group["Tasks"]?.array ?? [] { sum &+= task["Resources"]?[field]?.integer ?? 0 }
      }
    }
    if total("CPU") > node.cpu { return "cpu" }
    return total("MemoryMB") > node.memoryMB ? "memory" : nil
  }
}

/// What the scheduler looked at (`AllocMetric`).
struct PlacementMetrics: Sendable {
  var nodesEvaluated: Int64 = 0
  var nodesAvailable: [String: Int64] = [:]
  var constraintFiltered: [String: Int64] = [:]
  var dimensionExhausted: [String: Int64] = [:]
  var chosenNodeID: String?

  var json: JSONValue {
    let filtered = constraintFiltered.values.reduce(0, +)
    let exhausted = dimensionExhausted.values.reduce(0, +)
    func counts(_ values: [String: Int64]) -> JSONValue {
      values.isEmpty ? .null : .object(values.mapValues { .integer($0) })
    }
    let scores: JSONValue =
      chosenNodeID.map { id in
        [
          [
            "NodeID": .string(id), "NormScore": 0,
            "Scores": [
              "binpack": 0, "job-anti-affinity": 0, "node-reschedule-penalty": 0, "node-affinity": 0,
            ],
          ]
        ]
      } ?? .null
    return [
      "NodesEvaluated": .integer(nodesEvaluated), "NodesFiltered": .integer(filtered),
      "NodesAvailable": .object(nodesAvailable.mapValues { .integer($0) }),
      "NodesExhausted": .integer(exhausted), "ClassFiltered": nil,
      "ConstraintFiltered": counts(constraintFiltered), "ClassExhausted": nil,
      "DimensionExhausted": counts(dimensionExhausted), "QuotaExhausted": nil, "ResourcesExhausted": nil,
      "CoalescedFailures": 0, "AllocationTime": 40_000, "ScoreMetaData": scores, "Scores": nil,
    ]
  }
}
