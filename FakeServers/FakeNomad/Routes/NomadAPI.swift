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
    case "client": try routeLogs(call)
    case "nodes", "status", "agent", "regions": try routeStatus(call)
    default: nil
    }
  }

  /// ACL token and region. The status endpoints need no token.
  private func authorize(_ call: NomadCall) throws(NomadError) {
    if let region = call.request.query("region"), region != cluster.options.region {
      throw .refused("No path to region")
    }
    guard let token = cluster.options.token, call.path.first != "status" else { return }
    let given = call.request.headers["X-Nomad-Token"]
    let bearer = call.request.headers["Authorization"]
    guard given == token || bearer == "Bearer \(token)" else { throw .permissionDenied }
  }

  /// Answers a query at once, or, when it names an index, as soon as something newer is there or its time is over.
  func answer(
    _ call: NomadCall, _ find: @escaping @Sendable (ClusterState) throws(NomadError) -> QueryResult
  ) async throws -> HTTPServerResponse {
    let waitSeconds = try call.waitSeconds()
    let known = call.waitIndex
    if known > 0 {
      // Running out of time is an answer too: the state as it is then.
      _ = try? await cluster.state.value(timeoutSeconds: waitSeconds, waitingFor: "a change") {
        state -> Bool? in
        guard let result = try? find(state) else { return true }
        return result.index > known ? true : nil
      }
    }
    return .nomad(try cluster.state.withLock { (state) throws(NomadError) in try find(state) })
  }
}
