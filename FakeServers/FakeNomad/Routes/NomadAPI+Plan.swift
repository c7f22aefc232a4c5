import HTTP
import Platform

extension NomadAPI {
  /// `POST /v1/job/:id/plan`: how the job would change, and what would have no place; nothing is done.
  func plan(_ call: NomadCall, _ id: String) throws -> HTTPServerResponse {
    try call.allow("POST", "PUT")
    let body = try GoJSON.object(call.body, as: "api.JobPlanRequest")
    let job = try givenJob(in: body, pathID: id)
    let (planned, modifyIndex, index) = try cluster.state.withLock { (state) throws(NomadError) in
      let namespace = namespace(of: job, call)
      let planned = try state.plan(job, namespace: namespace)
      let existing = state.jobs[JobKey(namespace: namespace, id: id)]
      return (planned, existing?.jobModifyIndex ?? 0, state.index)
    }
    let difference: JSONValue =
      body["Diff"] == true
      ? [
        "ID": .string(id), "Type": .string(planned.type), "Fields": nil, "Objects": nil, "TaskGroups": nil,
      ] : nil
    let failures = planned.failedGroups
    return .nomad(
      QueryResult(
        json: [
          "Diff": difference, "FailedTGAllocs": failures.isEmpty ? nil : .object(failures),
          "Annotations": ["DesiredTGUpdates": [:], "PreemptedAllocs": nil], "CreatedEvals": nil,
          "Warnings": "", "JobModifyIndex": .integer(Int64(modifyIndex)),
          "NextPeriodicLaunch": "0001-01-01T00:00:00Z", "Index": .integer(Int64(index)),
        ], index: index))
  }
}
