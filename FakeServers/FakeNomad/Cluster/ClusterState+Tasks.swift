import Platform

extension ClusterState {
  /// What happens to a task, told by whoever runs it. Nothing is changed once the allocation is settled, so a late
  /// word of a lost machine is not heard.
  mutating func update(_ allocationID: String, task: String, _ change: (inout TaskState) -> Void) {
    guard var allocation = allocations[allocationID], !allocation.clientStatus.isTerminal,
      var state = allocation.tasks[task]
    else { return }
    change(&state)
    allocation.tasks[task] = state
    allocation.settle()
    allocations[allocationID] = allocation
    let index = nextIndex()
    touch(allocation: allocationID, index)
    settleJob(allocation.job, index)
  }

  /// Sets an allocation's end from outside: a node that is lost, a client that gave up.
  mutating func settle(
    _ allocationID: String, as status: Allocation.ClientStatus, description: String
  ) throws(NomadError) {
    guard var allocation = allocations[allocationID] else { throw .notFound("alloc not found") }
    allocation.clientStatus = status
    allocation.clientDescription = description
    allocations[allocationID] = allocation
    unstarted.removeAll { $0 == allocationID }
    let index = nextIndex()
    touch(allocation: allocationID, index)
    settleJob(allocation.job, index)
  }

  mutating func touch(allocation id: String, _ index: UInt64) {
    allocations[id]?.modifyIndex = index
    allocations[id]?.modifyTime = .now()
    tables.allocations = index
  }

  /// A job is dead once all that was placed of it has ended, running before that.
  private mutating func settleJob(_ key: JobKey, _ index: UInt64) {
    guard var job = jobs[key], !job.isParameterized else { return }
    let statuses = allocations(of: key).map(\.clientStatus)
    let status = statuses.allSatisfy(\.isTerminal) ? "dead" : "running"
    guard status != job.status else { return }
    job.status = status
    job.modifyIndex = index
    jobs[key] = job
    tables.jobs = index
  }
}
