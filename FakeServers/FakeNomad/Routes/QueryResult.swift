import HTTP

/// What a query found, and the index of the last change of it.
struct QueryResult: Sendable {
  var json: JSONValue
  var index: UInt64
}

extension ClusterState {
  /// A kind of thing that queries are about.
  enum Table: Sendable { case jobs, evaluations, allocations, nodes, namespaces }
}

extension ClusterState.TableIndexes {
  subscript(table: ClusterState.Table) -> UInt64 {
    switch table {
    case .jobs: jobs
    case .evaluations: evaluations
    case .allocations: allocations
    case .nodes: nodes
    case .namespaces: namespaces
    }
  }
}

extension HTTPServerResponse {
  static func nomad(_ error: NomadError) -> HTTPServerResponse {
    var response = HTTPServerResponse.text(error.message, status: error.status)
    response.headers["Vary"] = "Accept-Encoding"
    return response
  }

  /// An answer to a query, with what blocking queries need.
  static func nomad(_ result: QueryResult) -> HTTPServerResponse {
    var response = HTTPServerResponse.json(result.json)
    response.headers["Vary"] = "Accept-Encoding"
    response.setIndex(result.index)
    return response
  }

  mutating func setIndex(_ index: UInt64) {
    headers["X-Nomad-Index"] = "\(index)"
    headers["X-Nomad-KnownLeader"] = "true"
    headers["X-Nomad-LastContact"] = "0"
  }
}
