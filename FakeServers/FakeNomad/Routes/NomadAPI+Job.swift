import Crypto
import HTTP

extension NomadAPI {
  private static let actions: Set<String> = [
    "allocations", "evaluations", "summary", "dispatch", "plan",
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
    case "summary": return try await summarize(call, key)
    case "dispatch": return try dispatch(call, key)
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
    try await answer(call) { (state) throws(NomadError) in
      let job = try state.job(key)
      return QueryResult(json: job.json, index: job.modifyIndex)
    }
  }

  /// `GET /v1/job/:id/summary`
  private func summarize(_ call: NomadCall, _ key: JobKey) async throws -> HTTPServerResponse {
    try call.allow("GET")
    return try await answer(call) { (state) throws(NomadError) in
      let job = try state.job(key)
      return QueryResult(json: state.summary(of: job), index: job.modifyIndex)
    }
  }

  /// `GET /v1/job/:id/allocations`; of an unknown job there are none.
  private func listAllocations(_ call: NomadCall, _ key: JobKey) async throws -> HTTPServerResponse {
    try call.allow("GET")
    return try await answer(call) { state in
      let allocations = state.allocations(of: key)
      let index = allocations.map(\.modifyIndex).max() ?? state.tables.allocations
      return QueryResult(json: .array(allocations.map(\.stub)), index: index)
    }
  }

  /// `GET /v1/job/:id/evaluations`; of an unknown job there are none.
  private func listEvaluations(_ call: NomadCall, _ key: JobKey) async throws -> HTTPServerResponse {
    try call.allow("GET")
    return try await answer(call) { state in
      let evaluations = state.evaluations(of: key)
      let index = evaluations.map(\.modifyIndex).max() ?? state.tables.evaluations
      return QueryResult(json: .array(evaluations.map(\.json)), index: index)
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
    let (registration, running) = try cluster.change { (state) throws(NomadError) in
      state.stop(key, purge: purge)
    }
    for allocation in running { cluster.kill(allocation) }
    let index = JSONValue.integer(Int64(registration.index))
    return .nomad(
      QueryResult(
        json: [
          "EvalID": .string(registration.evaluationID), "EvalCreateIndex": index, "JobModifyIndex": index,
          "Index": index, "KnownLeader": false, "LastContact": 0, "VolumeEvalID": "", "VolumeEvalIndex": 0,
        ], index: registration.index))
  }

  /// `POST /v1/job/:id/dispatch?idempotency_token=`
  private func dispatch(_ call: NomadCall, _ key: JobKey) throws(NomadError) -> HTTPServerResponse {
    try call.allow("POST", "PUT")
    guard !call.body.isEmpty else { throw .badRequest("Request body is empty") }
    let body = try GoJSON.object(call.body, as: "structs.JobDispatchRequest")
    if let id = body["JobID"]?.string, !id.isEmpty, id != key.id {
      throw .badRequest("Job ID does not match")
    }
    var order = ClusterState.DispatchOrder()
    order.meta = try GoJSON.texts(body["Meta"], field: "JobDispatchRequest.Meta")
    if let text = body["Payload"]?.string {
      guard let payload = Base64.decode(text) else {
        throw .badRequest("illegal base64 data at input byte 0")
      }
      order.payload = payload
    }
    order.idempotencyToken = call.request.query("idempotency_token") ?? ""
    let (outcome, index) = try cluster.change { [order] (state) throws(NomadError) in
      (try state.dispatch(key, order), state.index)
    }
    return .nomad(
      QueryResult(
        json: [
          "DispatchedJobID": .string(outcome.jobID), "EvalID": .string(outcome.evaluationID),
          "EvalCreateIndex": .integer(Int64(outcome.evaluationIndex)),
          "JobCreateIndex": .integer(Int64(outcome.jobIndex)), "Index": .integer(Int64(index)),
        ], index: index))
  }
}
