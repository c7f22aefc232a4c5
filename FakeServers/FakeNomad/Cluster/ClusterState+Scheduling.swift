import HTTP

extension ClusterState {
  /// Places the job's groups on the node, or says why that cannot be: then the evaluation has the reason, and a
  /// blocked one follows it.
  mutating func evaluate(_ key: JobKey, triggeredBy: String) -> Evaluation {
    let index = nextIndex()
    let job = jobs[key]
    var evaluation = Evaluation(
      id: Self.newID(), job: key, type: job?.specification["Type"]?.string ?? "batch",
      priority: job?.specification["Priority"]?.integer ?? 50, triggeredBy: triggeredBy, status: "complete",
      jobModifyIndex: job?.jobModifyIndex ?? 0, createIndex: index, modifyIndex: index)
    for group in job?.specification["TaskGroups"]?.array ?? [] {
      let name = group["Name"]?.string ?? ""
      evaluation.queuedAllocations[name] = 0
      let count = max(0, group["Count"]?.integer ?? 1)
      if let obstacle = obstacle(to: group, of: job) {
        evaluation.failedGroups[name] = obstacle
        evaluation.queuedAllocations[name] = count
      } else {
        for number in 0..<Int(clamping: min(count, Self.maximumGroupCount)) {
          allocate(group, number: number, key, evaluation: evaluation.id)
        }
      }
    }
    if !evaluation.failedGroups.isEmpty { evaluation.blockedEvaluationID = block(evaluation) }
    evaluations[evaluation.id] = evaluation
    tables.evaluations = self.index
    return evaluation
  }

  /// More allocations of one group than this are not made.
  static let maximumGroupCount: Int64 = 100

  private mutating func block(_ evaluation: Evaluation) -> String {
    var blocked = evaluation
    blocked.id = Self.newID()
    blocked.status = "blocked"
    blocked.triggeredBy = "queued-allocs"
    blocked.createIndex = nextIndex()
    blocked.modifyIndex = blocked.createIndex
    evaluations[blocked.id] = blocked
    return blocked.id
  }

  private mutating func allocate(_ group: JSONValue, number: Int, _ key: JobKey, evaluation: String) {
    let index = nextIndex()
    let names = (group["Tasks"]?.array ?? []).map { $0["Name"]?.string ?? "" }
    let allocation = Allocation(
      id: Self.newID(), evaluationID: evaluation, job: key, specification: jobs[key]?.json ?? .null,
      group: group, number: number, nodeID: node.id, nodeName: node.name,
      tasks: Dictionary(names.map { ($0, TaskState()) }, uniquingKeysWith: { $1 }), createIndex: index,
      modifyIndex: index)
    allocations[allocation.id] = allocation
    tables.allocations = index
    unstarted.append(allocation.id)
  }

  /// Why the group has no place, in the form of `FailedTGAllocs`.
  private func obstacle(to group: JSONValue, of job: JobRecord?) -> JSONValue? {
    let datacenters = job?.specification["Datacenters"]?.strings ?? []
    guard datacenters.contains(node.datacenter) || datacenters.contains("*") else {
      let available = Dictionary(
        datacenters.map { ($0, 0 as JSONValue) }, uniquingKeysWith: { $1 })
      return metrics(evaluated: 0, available: available, filtered: [:])
    }
    let drivers = (group["Tasks"]?.array ?? []).compactMap { $0["Driver"]?.string }
    guard drivers.allSatisfy(node.drivers.contains) else {
      return metrics(evaluated: 1, available: [node.datacenter: 1], filtered: ["missing drivers": 1])
    }
    return nil
  }

  private func metrics(
    evaluated: Int64, available: [String: JSONValue], filtered: [String: JSONValue]
  ) -> JSONValue {
    [
      "NodesEvaluated": .integer(evaluated), "NodesFiltered": .integer(Int64(filtered.count)),
      "NodesAvailable": .object(available), "NodesExhausted": 0, "ClassFiltered": nil,
      "ConstraintFiltered": filtered.isEmpty ? nil : .object(filtered), "ClassExhausted": nil,
      "DimensionExhausted": nil, "QuotaExhausted": nil, "CoalescedFailures": 0,
    ]
  }
}
