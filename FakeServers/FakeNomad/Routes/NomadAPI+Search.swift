import HTTP
import Platform

extension NomadAPI {
  /// So many matches of each kind are told.
  private static let maximumMatches = 20

  /// `POST /v1/search`: ids that begin so, by kind.
  func search(_ call: NomadCall) throws -> HTTPServerResponse? {
    guard call.path.count == 1 else { return nil }
    try call.allow("POST", "PUT")
    let body = try GoJSON.object(call.body, as: "structs.SearchRequest")
    let prefix = body["Prefix"]?.string ?? ""
    let context = body["Context"]?.string ?? "all"
    let (found, index) = cluster.state.withLock { state in
      (Self.identifiers(in: state, for: call), state.index)
    }
    let wanted = context.isEmpty || context == "all" ? Set(found.keys) : [context]
    guard wanted.isSubset(of: found.keys) else {
      throw NomadError.refused("context must be one of [\(found.keys.sorted().joined(separator: " "))]")
    }
    var matches: [String: JSONValue] = [:]
    var truncations: [String: JSONValue] = [:]
    for kind in wanted {
      let ids = (found[kind] ?? []).filter { $0.hasPrefix(prefix) }.sorted()
      matches[kind] = .array(ids.prefix(Self.maximumMatches).map { .string($0) })
      truncations[kind] = .bool(ids.count > Self.maximumMatches)
    }
    return .nomad(
      QueryResult(
        json: [
          "Matches": .object(matches), "Truncations": .object(truncations), "Index": .integer(Int64(index)),
          "KnownLeader": true, "LastContact": 0,
        ], index: index))
  }

  private static func identifiers(in state: ClusterState, for call: NomadCall) -> [String: [String]] {
    [
      "jobs": state.jobs.keys.filter { call.asks(for: $0.namespace) }.map(\.id),
      "allocs": state.allocations.values.filter { call.asks(for: $0.job.namespace) }.map(\.id),
      "evals": state.evaluations.values.filter { call.asks(for: $0.job.namespace) }.map(\.id),
      "nodes": state.nodes.map(\.id), "namespaces": Array(state.namespaces.keys), "deployment": [],
    ]
  }
}
