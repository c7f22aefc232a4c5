import HTTP

extension NomadAPI {
  /// `/v1/evaluations`, `/v1/evaluation/:id[/allocations]`
  func routeEvaluations(_ call: NomadCall) async throws -> HTTPServerResponse? {
    try call.allow("GET")
    switch (call.path.first, call.path.count) {
    case ("evaluations", 1): return try await listEvaluations(call)
    case ("evaluation", 3) where call.path.last == "allocations":
      return try await allocationsOfEvaluation(call)
    case ("evaluation", _): return try await readEvaluation(call)
    default: return nil
    }
  }

  /// `GET /v1/evaluations?prefix=&job=&status=`
  private func listEvaluations(_ call: NomadCall) async throws -> HTTPServerResponse {
    let job = call.request.query("job")
    let status = call.request.query("status")
    return try await answer(call, .evaluations) { state in
      let evaluations = state.evaluations.values.filter {
        $0.id.hasPrefix(call.prefix) && call.asks(for: $0.job.namespace)
          && (job == nil || job == $0.job.id) && (status == nil || status == $0.status.rawValue)
      }
      let sorted = evaluations.sorted { $0.createIndex < $1.createIndex }
      return QueryResult(json: .array(sorted.map(\.json)), index: state.tables.evaluations)
    }
  }

  /// `GET /v1/evaluation/:id`
  private func readEvaluation(_ call: NomadCall) async throws -> HTTPServerResponse {
    let id = try call.id(of: "eval")
    return try await answer(call, .evaluations) { (state) throws(NomadError) in
      guard let evaluation = state.evaluations[id] else { throw .notFound("eval not found") }
      return QueryResult(json: evaluation.json, index: evaluation.modifyIndex)
    }
  }

  /// `GET /v1/evaluation/:id/allocations`
  private func allocationsOfEvaluation(_ call: NomadCall) async throws -> HTTPServerResponse {
    let id = call.path.dropFirst().first ?? ""
    return try await answer(call, .allocations) { state in
      let allocations = state.allocations.values.filter { $0.evaluationID == id }
        .sorted { $0.createIndex < $1.createIndex }
      let index = allocations.map(\.modifyIndex).max() ?? state.tables.allocations
      return QueryResult(json: .array(allocations.map(\.stub)), index: index)
    }
  }
}
