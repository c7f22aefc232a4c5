import HTTP
import Platform

/// Nomad's HTTP API over the cluster. Each group of endpoints is an extension.
struct NomadAPI: Sendable {
  let cluster: Cluster

  /// The answer to a call under `/v1`; a path that is none is 404 without a body, as Nomad's own.
  func respond(to call: NomadCall) async -> HTTPServerResponse {
    do {
      try authorize(call)
      return try await route(call) ?? .empty(404)
    } catch let error as NomadError {
      return .nomad(error)
    } catch let error as HCLError {
      return .text(error.description, status: 400)
    } catch {
      // A query that waited for a change when its client left, or when the fake stops.
      return .text("rpc error: \(error)", status: 500)
    }
  }

  private func route(_ call: NomadCall) async throws -> HTTPServerResponse? {
    switch call.path.first {
    case "jobs": try await routeJobs(call)
    case "job": try await routeJob(call)
    case "allocations", "allocation": try await routeAllocations(call)
    case "evaluations", "evaluation": try await routeEvaluations(call)
    case "deployments", "deployment": try await routeDeployments(call)
    case "nodes", "node": try await routeNodes(call)
    case "client": try routeLogs(call)
    case "event": try routeEvents(call)
    case "namespaces", "namespace": try await routeNamespaces(call)
    case "search": try search(call)
    case "system": try routeSystem(call)
    case "acl": try routeTokens(call)
    case "status", "agent", "regions": try routeStatus(call)
    default: nil
    }
  }

  /// Region, ACL token and leader. Where the status endpoints are, neither token nor leader is needed.
  private func authorize(_ call: NomadCall) throws(NomadError) {
    if let region = call.request.query("region"), region != cluster.options.region {
      throw .refused("No path to region")
    }
    guard !["status", "regions", "agent"].contains(call.path.first) || call.path.last == "members" else {
      return
    }
    try checkToken(of: call)
    let isStale = call.method == "GET" && call.request.query("stale") != nil
    guard isStale || cluster.state.withLock(\.hasLeader) else { throw .noLeader }
  }

  /// No token is the anonymous one, which may do nothing; an unknown one is told so.
  func checkToken(of call: NomadCall) throws(NomadError) {
    guard let token = cluster.options.token else { return }
    guard let given = call.token, !given.isEmpty else { throw .permissionDenied }
    guard given == token else { throw .tokenNotFound }
  }

  /// Answers a query at once, or, when it names an index, as soon as something newer is there or its time is over.
  ///
  /// - Parameter table: what may change the answer when nothing is found now.
  func answer(
    _ call: NomadCall, _ table: ClusterState.Table,
    _ find: @escaping @Sendable (ClusterState) throws(NomadError) -> QueryResult
  ) async throws -> HTTPServerResponse {
    let waitSeconds = try call.waitSeconds()
    let known = try call.waitIndex()
    if known > 0 {
      // Running out of time is an answer too: the state as it is then.
      _ = try? await cluster.state.value(timeoutSeconds: waitSeconds, waitingFor: "a change") {
        state -> Bool? in
        switch Self.found(state, table, find) {
        case .success(let result): return result.index > known ? true : nil
        case .failure(let error): return error.status != 404 || state.tables[table] > known ? true : nil
        }
      }
    }
    return try cluster.state.withLock { state throws(NomadError) in
      var response: HTTPServerResponse
      switch Self.found(state, table, find) {
      case .success(let result): response = .nomad(result)
      case .failure(let error):
        response = .nomad(error)
        response.setIndex(state.tables[table])
      }
      if !state.hasLeader { response.headers["X-Nomad-KnownLeader"] = "false" }
      return response
    }
  }

  private static func found(
    _ state: ClusterState, _ table: ClusterState.Table,
    _ find: (ClusterState) throws(NomadError) -> QueryResult
  ) -> Result<QueryResult, NomadError> {
    do throws(NomadError) { return .success(try find(state)) } catch { return .failure(error) }
  }
}
