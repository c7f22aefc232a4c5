extension ClusterState {
  /// `DELETE /v1/job/:id`: an unknown job is stopped as well. What runs of it is told by `effects`.
  mutating func stop(_ key: JobKey, purge: Bool) -> Registration {
    let index = nextIndex()
    for var allocation in allocations(of: key) where !allocation.isTerminal {
      allocation.desiredStatus = "stop"
      allocation.desiredDescription = "alloc not needed due to job update"
      put(allocation)
      touch(allocation: allocation.id, index, "AllocationUpdateDesiredStatus")
      effects.kill.append(allocation.id)
    }
    let evaluation = newEvaluation(of: key, triggeredBy: "job-deregister", at: index)
    if var job = jobs[key] {
      job.isStopped = true
      job.version += 1
      job.modifyIndex = index
      job.jobModifyIndex = index
      if job.isParameterized { job.status = "dead" }
      put(job, "JobDeregistered", index)
    }
    tables.jobs = index
    for var waiting in evaluations(of: key) where !waiting.isTerminal {
      waiting.status = .canceled
      put(waiting, index)
    }
    if purge {
      jobs[key] = nil
      versions[key] = nil
    }
    var done = evaluation
    done.status = .complete
    put(done, nextIndex())
    settleJob(key, self.index)
    unblock()
    return Registration(
      index: index, jobModifyIndex: index, evaluationID: done.id, evaluationIndex: index)
  }

  /// `PUT /v1/system/gc`: forgets what is over, but not what is registered and may run again.
  mutating func collectGarbage() {
    let index = nextIndex()
    for (key, job) in jobs where job.status == "dead" && (job.isStopped || !job.parentID.isEmpty) {
      guard allocations(of: key).allSatisfy(\.clientStatus.isTerminal) else { continue }
      forget(key)
      tables.jobs = index
      tables.allocations = index
      tables.evaluations = index
    }
    let purged = Set(allocations.values.map(\.job)).union(evaluations.values.map(\.job))
    for key in purged.subtracting(jobs.keys)
    where allocations(of: key).allSatisfy(\.clientStatus.isTerminal) {
      forget(key)
    }
  }
}
