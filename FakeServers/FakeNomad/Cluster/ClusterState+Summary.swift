import HTTP

extension ClusterState {
  /// `GET /v1/job/:id/summary`: how many of its allocations, and of the jobs dispatched from it, are in which state.
  func summary(of job: JobRecord) -> JSONValue {
    let children =
      job.isParameterized
      ? jobs.values.filter { $0.parentID == job.key.id && $0.key.namespace == job.key.namespace } : []
    func count(_ status: String) -> JSONValue {
      .integer(Int64(children.count { $0.status == status }))
    }
    let allocations = allocations(of: job.key)
    let queued = evaluations(of: job.key).last { !$0.isTerminal }?.queuedAllocations ?? [:]
    var groups: [String: JSONValue] = [:]
    for group in job.specification["TaskGroups"]?.array ?? [] {
      let name = group["Name"]?.string ?? ""
      let statuses = allocations.filter { $0.groupName == name }.map(\.clientStatus)
      func count(_ status: Allocation.ClientStatus) -> JSONValue {
        .integer(Int64(statuses.count { $0 == status }))
      }
      groups[name] = [
        "Complete": count(.complete), "Failed": count(.failed), "Lost": count(.lost),
        "Queued": .integer(queued[name] ?? 0), "Running": count(.running), "Starting": count(.pending),
      ]
    }
    let newest = ([job.modifyIndex] + children.map(\.modifyIndex)).max() ?? job.modifyIndex
    return [
      "JobID": .string(job.key.id), "Namespace": .string(job.key.namespace), "Summary": .object(groups),
      "Children": ["Dead": count("dead"), "Pending": count("pending"), "Running": count("running")],
      "CreateIndex": .integer(Int64(job.createIndex)), "ModifyIndex": .integer(Int64(newest)),
    ]
  }
}
