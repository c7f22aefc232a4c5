import HTTP
import Platform

/// Deployments are of services; batch jobs have none, and the fake makes none.
extension NomadAPI {
  /// `GET /v1/deployments`, `GET /v1/deployment/:id`
  func routeDeployments(_ call: NomadCall) async throws -> HTTPServerResponse? {
    try call.allow("GET")
    if call.path.count == 1, call.path.first == "deployments" {
      return .nomad(QueryResult(json: [], index: cluster.state.withLock(\.index)))
    }
    _ = try call.id(of: "deployment")
    throw NomadError.notFound("deployment not found")
  }

  /// `GET /v1/job/:id/deployments`
  func listDeployments(_ call: NomadCall, _ key: JobKey) async throws -> HTTPServerResponse {
    try call.allow("GET")
    return try await answer(call, .jobs) { state in
      QueryResult(json: [], index: state.tables.jobs)
    }
  }

  /// `GET /v1/job/:id/deployment`: the newest, which is none.
  func newestDeployment(_ call: NomadCall, _ key: JobKey) async throws -> HTTPServerResponse {
    try call.allow("GET")
    return try await answer(call, .jobs) { state in
      QueryResult(json: nil, index: state.tables.jobs)
    }
  }
}
