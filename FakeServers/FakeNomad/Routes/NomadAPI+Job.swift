import HTTP

extension NomadAPI {
  private static let actions: Set<String> = [
    "allocations", "deployment", "deployments", "dispatch", "evaluate", "evaluations", "plan", "summary",
    "versions",
  ]

  /// `/v1/job/:id[/action]`; the id may have slashes, encoded or not.
  func routeJob(_ call: NomadCall) async throws -> HTTPServerResponse? {
    var segments = call.path.dropFirst()
    var action: String?
    if segments.count > 1, let last = segments.last, Self.actions.contains(last) {
      action = last
      segments.removeLast()
    }
    let id = segments.joined(separator: "/")
    guard !id.isEmpty else { throw NomadError.badRequest("Missing job ID") }
    let key = JobKey(namespace: call.namespace, id: id)
    switch action {
    case "allocations": return try await listAllocations(call, key)
    case "evaluations": return try await listEvaluations(call, key)
    case "deployment": return try await newestDeployment(call, key)
    case "deployments": return try await listDeployments(call, key)
    case "summary": return try await summarize(call, key)
    case "versions": return try await listVersions(call, key)
    case "dispatch": return try dispatch(call, key)
    case "evaluate": return try evaluate(call, key)
    case "plan": return try plan(call, id)
    default: break
    }
    switch call.method {
    case "GET": return try await readJob(call, key)
    case "DELETE": return try stop(call, key)
    default: return try register(call, pathID: id)
    }
  }

  /// `GET /v1/job/:id`
  private func readJob(_ call: NomadCall, _ key: JobKey) async throws -> HTTPServerResponse {
    try await answer(call, .jobs) { (state) throws(NomadError) in
      let job = try state.job(key)
      return QueryResult(json: job.json, index: job.modifyIndex)
    }
  }

  /// `DELETE /v1/job/:id?purge=`
  private func stop(_ call: NomadCall, _ key: JobKey) throws(NomadError) -> HTTPServerResponse {
    let text = call.request.query("purge") ?? "false"
    guard let purge = GoJSON.bool(text) else {
      throw .refused(
        "Failed to parse value of \"purge\" (\(text)) as a bool: "
          + "strconv.ParseBool: parsing \"\(text)\": invalid syntax")
    }
    let registration = try cluster.change { (state) throws(NomadError) in state.stop(key, purge: purge) }
    let index = JSONValue.integer(Int64(registration.index))
    return .nomad(
      QueryResult(
        json: [
          "EvalID": .string(registration.evaluationID), "EvalCreateIndex": index, "JobModifyIndex": index,
          "Index": index, "KnownLeader": false, "LastContact": 0, "VolumeEvalID": "", "VolumeEvalIndex": 0,
        ], index: registration.index))
  }

  /// `POST /v1/job/:id/evaluate`
  private func evaluate(_ call: NomadCall, _ key: JobKey) throws(NomadError) -> HTTPServerResponse {
    try call.allow("POST", "PUT")
    let body =
      call.body.isEmpty ? [:] : try GoJSON.object(call.body, as: "structs.JobEvaluateRequest")
    if let id = body["JobID"]?.string, !id.isEmpty, id != key.id {
      throw .badRequest("JobID not same as job name")
    }
    let forces = body["EvalOptions"]?["ForceReschedule"] == true
    let (evaluation, job) = try cluster.change { (state) throws(NomadError) in
      try state.evaluateAgain(key, forcesReschedule: forces)
    }
    let index = evaluation.createIndex
    return .nomad(
      QueryResult(
        json: [
          "EvalID": .string(evaluation.id), "EvalCreateIndex": .integer(Int64(index)),
          "JobModifyIndex": .integer(Int64(job.jobModifyIndex)), "Index": .integer(Int64(index)),
        ], index: index))
  }
}
