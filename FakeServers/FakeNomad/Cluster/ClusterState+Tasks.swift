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
    put(allocation)
    let index = nextIndex()
    touch(allocation: allocationID, index, "AllocationUpdated")
    if allocation.clientStatus == .failed { considerReplacing(allocationID) }
    settleJob(allocation.job, index)
    if allocation.clientStatus.isTerminal { unblock() }
  }

  /// Sets an allocation's end from outside, such as a client that gave up. It is not replaced.
  mutating func settle(
    _ allocationID: String, as status: Allocation.ClientStatus, description: String
  ) throws(NomadError) {
    guard var allocation = allocations[allocationID] else { throw .notFound("alloc not found") }
    allocation.clientStatus = status
    allocation.clientDescription = description
    put(allocation)
    effects.start.removeAll { $0 == allocationID }
    effects.kill.append(allocationID)
    let index = nextIndex()
    touch(allocation: allocationID, index, "AllocationUpdated")
    settleJob(allocation.job, index)
    unblock()
  }

  /// Notes that an allocation was changed.
  mutating func touch(allocation id: String, _ index: UInt64, _ type: String) {
    guard var allocation = allocations[id] else { return }
    allocation.modifyIndex = index
    allocation.modifyTime = .now()
    put(allocation)
    tables.allocations = index
    tell(of: allocation, type, index)
  }

  /// A job's status by what was made of it (`StateStore.getJobStatus`): running while an allocation is wanted and has
  /// not ended, pending while an evaluation waits, dead when all is over.
  mutating func settleJob(_ key: JobKey, _ index: UInt64) {
    guard var job = jobs[key], !job.isParameterized else { return }
    let allocations = allocations(of: key)
    let evaluations = evaluations(of: key)
    if allocations.contains(where: { !$0.isTerminal }) {
      job.status = "running"
    } else if evaluations.contains(where: { !$0.isTerminal }) {
      job.status = "pending"
    } else {
      job.status = allocations.isEmpty && evaluations.isEmpty ? "pending" : "dead"
    }
    guard job.status != jobs[key]?.status else { return }
    job.modifyIndex = index
    jobs[key] = job
    tables.jobs = index
  }
}
