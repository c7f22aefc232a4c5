import HTTP

extension NomadAPI {
  /// `/v1/allocations`, `/v1/allocation/:id[/stop]`
  func routeAllocations(_ call: NomadCall) async throws -> HTTPServerResponse? {
    switch (call.path.first, call.path.count) {
    case ("allocations", 1): return try await listAllocations(call)
    case ("allocation", 3) where call.path.last == "stop": return try stopAllocation(call)
    case ("allocation", _): return try await readAllocation(call)
    default: return nil
    }
  }

  /// `GET /v1/allocations?prefix=`
  private func listAllocations(_ call: NomadCall) async throws -> HTTPServerResponse {
    try call.allow("GET")
    return try await answer(call, .allocations) { state in
      let allocations = state.allocations.values.filter {
        $0.id.hasPrefix(call.prefix) && call.asks(for: $0.job.namespace)
      }
      let sorted = allocations.sorted { $0.createIndex < $1.createIndex }
      return QueryResult(json: .array(sorted.map(\.stub)), index: state.tables.allocations)
    }
  }

  /// `GET /v1/allocation/:id`
  private func readAllocation(_ call: NomadCall) async throws -> HTTPServerResponse {
    try call.allow("GET")
    let id = try call.id(of: "alloc")
    return try await answer(call, .allocations) { (state) throws(NomadError) in
      guard let allocation = state.allocations[id] else { throw .notFound("alloc not found") }
      return QueryResult(json: allocation.json, index: allocation.modifyIndex)
    }
  }

  /// `POST /v1/allocation/:id/stop`: another one is placed instead.
  private func stopAllocation(_ call: NomadCall) throws -> HTTPServerResponse {
    try call.allow("POST", "PUT")
    let id = try call.id(of: "alloc")
    let evaluation = try cluster.change { (state) throws(NomadError) in try state.stopAllocation(id) }
    return .nomad(
      QueryResult(
        json: [
          "EvalID": .string(evaluation.id), "Index": .integer(Int64(evaluation.createIndex)),
        ], index: evaluation.createIndex))
  }
}
