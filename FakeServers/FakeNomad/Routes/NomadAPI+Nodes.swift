import HTTP

extension NomadAPI {
  /// `/v1/nodes`, `/v1/node/:id[/allocations|/eligibility]`
  func routeNodes(_ call: NomadCall) async throws -> HTTPServerResponse? {
    switch (call.path.first, call.path.count, call.path.last) {
    case ("nodes", 1, _): return try await listNodes(call)
    case ("node", 3, "allocations"): return try await allocationsOfNode(call)
    case ("node", 3, "eligibility"): return try setEligibility(call)
    case ("node", _, _): return try await readNode(call)
    default: return nil
    }
  }

  /// `GET /v1/nodes?prefix=&resources=`
  private func listNodes(_ call: NomadCall) async throws -> HTTPServerResponse {
    try call.allow("GET")
    let withResources = GoJSON.bool(call.request.query("resources") ?? "false") ?? false
    return try await answer(call, .nodes) { state in
      let nodes = state.nodes.filter { $0.id.hasPrefix(call.prefix) }
      let stubs = nodes.map { $0.stub(withResources: withResources) }
      return QueryResult(json: .array(stubs), index: state.tables.nodes)
    }
  }

  /// `GET /v1/node/:id`
  private func readNode(_ call: NomadCall) async throws -> HTTPServerResponse {
    try call.allow("GET")
    let id = try call.id(of: "node")
    return try await answer(call, .nodes) { (state) throws(NomadError) in
      guard let node = state.node(id) else { throw .notFound("node not found") }
      return QueryResult(json: node.json(region: state.region), index: node.modifyIndex)
    }
  }

  /// `GET /v1/node/:id/allocations`, each with all of it
  private func allocationsOfNode(_ call: NomadCall) async throws -> HTTPServerResponse {
    try call.allow("GET")
    let id = try call.id(of: "node")
    return try await answer(call, .allocations) { state in
      let allocations = state.allocations.values.filter { $0.nodeID == id }
        .sorted { $0.createIndex < $1.createIndex }
      let index = allocations.map(\.modifyIndex).max() ?? state.tables.allocations
      return QueryResult(json: .array(allocations.map(\.json)), index: index)
    }
  }

  /// `POST /v1/node/:id/eligibility`
  private func setEligibility(_ call: NomadCall) throws -> HTTPServerResponse {
    try call.allow("POST", "PUT")
    let id = try call.id(of: "node")
    let body = try GoJSON.object(call.body, as: "structs.NodeUpdateEligibilityRequest")
    guard let eligibility = body["Eligibility"]?.string, ["eligible", "ineligible"].contains(eligibility)
    else {
      throw NomadError.refused("invalid scheduling eligibility \"\(body["Eligibility"]?.string ?? "")\"")
    }
    let (node, index) = try cluster.change { (state) throws(NomadError) in
      try state.setEligibility(of: id, eligibility == "eligible")
      return (state.node(id), state.index)
    }
    let modifyIndex = node?.modifyIndex ?? index
    return .nomad(
      QueryResult(
        json: [
          "EvalIDs": nil, "EvalCreateIndex": 0, "NodeModifyIndex": .integer(Int64(modifyIndex)),
          "Index": .integer(Int64(index)), "KnownLeader": false, "LastContact": 0,
        ], index: index))
  }
}
