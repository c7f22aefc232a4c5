import HTTP

extension NomadAPI {
  /// `GET /v1/allocations`, `GET /v1/allocation/:id`, `POST /v1/allocation/:id/stop`
  func routeAllocations(_ call: NomadCall) async throws -> HTTPServerResponse? {
    if call.path.first == "allocations" {
      try call.allow("GET")
      let prefix = call.request.query("prefix") ?? ""
      let namespace = call.namespace
      return try await answer(call) { state in
        let allocations = state.allocations.values.filter {
          $0.id.hasPrefix(prefix) && (namespace == "*" || $0.job.namespace == namespace)
        }
        let sorted = allocations.sorted { $0.createIndex < $1.createIndex }
        return QueryResult(json: .array(sorted.map(\.stub)), index: state.tables.allocations)
      }
    }
    let id = call.path.dropFirst().joined(separator: "/")
    let datacenter = cluster.options.datacenter
    try call.allow("GET")
    return try await answer(call) { (state) throws(NomadError) in
      guard id.utf8.count == 36 else {
        throw .refused("alloc lookup failed: index error: UUID must be 36 characters")
      }
      guard let allocation = state.allocations[id] else { throw .notFound("alloc not found") }
      return QueryResult(json: allocation.json(datacenter: datacenter), index: allocation.modifyIndex)
    }
  }

  /// `GET /v1/evaluations`, `GET /v1/evaluation/:id`
  func routeEvaluations(_ call: NomadCall) async throws -> HTTPServerResponse? {
    try call.allow("GET")
    if call.path.first == "evaluations" {
      let namespace = call.namespace
      return try await answer(call) { state in
        let evaluations = state.evaluations.values.filter {
          namespace == "*" || $0.job.namespace == namespace
        }
        let sorted = evaluations.sorted { $0.createIndex < $1.createIndex }
        return QueryResult(json: .array(sorted.map(\.json)), index: state.tables.evaluations)
      }
    }
    let id = call.path.dropFirst().joined(separator: "/")
    return try await answer(call) { (state) throws(NomadError) in
      guard id.utf8.count == 36 else {
        throw .refused("eval lookup failed: index error: UUID must be 36 characters")
      }
      guard let evaluation = state.evaluations[id] else { throw .notFound("eval not found") }
      return QueryResult(json: evaluation.json, index: evaluation.modifyIndex)
    }
  }
}
