import HTTP
import Platform

extension ClusterState {
  /// After an allocation failed: an evaluation that will replace it, where the group's policy allows that.
  mutating func considerReplacing(_ id: String) {
    guard var allocation = allocations[id], allocation.desiredStatus == "run",
      let job = jobs[allocation.job], !job.isStopped
    else { return }
    let policy = ReschedulePolicy(allocation.group["ReschedulePolicy"] ?? .null)
    let now = Timestamp.now()
    guard let delay = policy.delay(after: allocation.reschedules, at: now) else { return }
    let index = nextIndex()
    var evaluation = newEvaluation(of: allocation.job, triggeredBy: "alloc-failure", at: index)
    evaluation.waitUntil = Timestamp(milliseconds: now.milliseconds + delay / 1_000_000)
    put(evaluation, index)
    allocation.followupEvaluationID = evaluation.id
    put(allocation)
    touch(allocation: id, index, "PlanResult")
    effects.later.append((evaluation: evaluation.id, nanoseconds: delay))
  }

  /// Carries out an evaluation whose time has come, unless the job was stopped meanwhile.
  mutating func carryOutLater(_ evaluationID: String) {
    guard var evaluation = evaluations[evaluationID], evaluation.status == .pending else { return }
    for var allocation in allocations(of: evaluation.job)
    where allocation.followupEvaluationID == evaluationID {
      allocation.isToBeReplaced = true
      put(allocation)
    }
    carryOut(&evaluation)
  }

  /// Links a new allocation with the one whose place it takes.
  mutating func succeed(_ last: Allocation, by allocation: inout Allocation) {
    allocation.previousAllocationID = last.id
    allocation.reschedules = last.reschedules
    if last.clientStatus == .failed {
      let policy = ReschedulePolicy(last.group["ReschedulePolicy"] ?? .null)
      let delay = policy.nextDelay(after: last.reschedules)
      allocation.reschedules.append(
        Allocation.Reschedule(
          time: .now(), previousAllocationID: last.id, previousNodeID: last.nodeID, delayNanoseconds: delay))
    }
    guard var last = allocations[last.id] else { return }
    last.isToBeReplaced = false
    last.nextAllocationID = allocation.id
    if !last.isTerminal { effects.kill.append(last.id) }
    last.desiredStatus = "stop"
    if last.clientStatus == .failed {
      last.desiredDescription = "alloc was rescheduled because it failed"
    }
    put(last)
    touch(allocation: last.id, nextIndex(), "PlanResult")
  }

  /// `POST /v1/allocation/:id/stop`: ends an allocation and places another one instead.
  mutating func stopAllocation(_ id: String) throws(NomadError) -> Evaluation {
    guard var allocation = allocations[id] else { throw .notFound("alloc not found") }
    if !allocation.isTerminal {
      allocation.isToBeReplaced = true
      allocation.desiredStatus = "stop"
      allocation.desiredDescription = "alloc is being migrated"
      put(allocation)
      touch(allocation: id, nextIndex(), "AllocationUpdateDesiredStatus")
      effects.kill.append(id)
    }
    return evaluate(allocation.job, triggeredBy: "alloc-stop")
  }
}
