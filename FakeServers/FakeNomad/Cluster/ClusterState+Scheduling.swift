import HTTP

extension ClusterState {
  /// More allocations of one group than this are not made.
  static let maximumGroupCount: Int64 = 100

  /// Places what the job lacks, or says why that cannot be: then the evaluation has the reason, and a blocked one
  /// follows it, which places the rest as soon as there is room.
  @discardableResult
  mutating func evaluate(_ key: JobKey, triggeredBy: String, at index: UInt64? = nil) -> Evaluation {
    var evaluation = newEvaluation(of: key, triggeredBy: triggeredBy, at: index ?? nextIndex())
    carryOut(&evaluation)
    return evaluation
  }

  func newEvaluation(of key: JobKey, triggeredBy: String, at index: UInt64) -> Evaluation {
    let job = jobs[key]
    return Evaluation(
      id: Self.newID(), job: key, type: job?.specification["Type"]?.string ?? "batch",
      priority: job?.specification["Priority"]?.integer ?? 50, triggeredBy: triggeredBy,
      jobModifyIndex: job?.jobModifyIndex ?? 0, createIndex: index, modifyIndex: index)
  }

  /// Does what an evaluation is for, and keeps it.
  mutating func carryOut(_ evaluation: inout Evaluation) {
    place(&evaluation)
    evaluation.status = .complete
    if !evaluation.failedGroups.isEmpty {
      let index = nextIndex()
      var blocked = evaluation
      blocked.id = Self.newID()
      blocked.status = .blocked
      blocked.triggeredBy = "queued-allocs"
      blocked.previousEvaluationID = evaluation.id
      blocked.createIndex = index
      evaluation.blockedEvaluationID = blocked.id
      put(evaluation, index)
      put(blocked, index)
    } else {
      put(evaluation, nextIndex())
    }
    settleJob(evaluation.job, index)
  }

  /// Tries what is blocked again, oldest first.
  mutating func unblock() {
    let blocked = evaluations.values.filter { $0.status == .blocked }
    for var evaluation in blocked.sorted(by: { $0.createIndex < $1.createIndex }) {
      place(&evaluation)
      guard evaluation.failedGroups.isEmpty else { continue }
      evaluation.status = .complete
      put(evaluation, nextIndex())
      settleJob(evaluation.job, index)
    }
  }

  private mutating func place(_ evaluation: inout Evaluation) {
    evaluation.failedGroups = [:]
    guard let job = jobs[evaluation.job], !job.isStopped, !job.isParameterized else { return }
    let existing = allocations(of: job.key)
    for group in job.specification["TaskGroups"]?.array ?? [] {
      let name = group["Name"]?.string ?? ""
      evaluation.queuedAllocations[name] = 0
      let count = min(max(0, group["Count"]?.integer ?? 1), Self.maximumGroupCount)
      for number in 0..<Int(count) {
        let last = existing.last { $0.groupName == name && $0.number == number }
        guard isVacant(last, in: job) else { continue }
        switch choice(for: group, of: job) {
        case .node(let node, let metrics):
          if let last { giveUp(last) }
          allocate(group, number: number, job, on: node, metrics, after: last, evaluation: evaluation.id)
        case .none(let metrics):
          evaluation.failedGroups[name] = metrics
          evaluation.queuedAllocations[name, default: 0] += 1
        }
      }
    }
  }

  /// Whether a place in a group has nothing that is there to stay: what ended well stays, what failed or is lost stays
  /// unless it is to be replaced, and nothing stays of an earlier version of the job.
  private func isVacant(_ last: Allocation?, in job: JobRecord) -> Bool {
    guard let last else { return true }
    return last.isToBeReplaced || last.jobVersion != job.version
  }

  /// The one before in the same place shall run no more.
  private mutating func giveUp(_ allocation: Allocation) {
    guard !allocation.isTerminal else { return }
    var allocation = allocation
    allocation.desiredStatus = "stop"
    allocation.desiredDescription = "alloc is being updated due to job update"
    put(allocation)
    touch(allocation: allocation.id, nextIndex(), "PlanResult")
    effects.kill.append(allocation.id)
  }

  private mutating func allocate(
    _ group: JSONValue, number: Int, _ job: JobRecord, on node: Node, _ metrics: JSONValue,
    after last: Allocation?, evaluation: String
  ) {
    let index = nextIndex()
    let names = (group["Tasks"]?.array ?? []).map { $0["Name"]?.string ?? "" }
    var allocation = Allocation(
      id: Self.newID(), evaluationID: evaluation, job: job.key, specification: job.json,
      jobVersion: job.version, group: group, number: number, nodeID: node.id, nodeName: node.name,
      metrics: metrics, tasks: Dictionary(names.map { ($0, TaskState()) }, uniquingKeysWith: { $1 }),
      createIndex: index, modifyIndex: index)
    if let last, last.isToBeReplaced { succeed(last, by: &allocation) }
    put(allocation)
    touch(allocation: allocation.id, index, "PlanResult")
    effects.start.append(allocation.id)
  }
}
