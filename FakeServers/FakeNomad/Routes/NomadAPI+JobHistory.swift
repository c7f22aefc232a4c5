import HTTP

extension NomadAPI {
  /// `GET /v1/job/:id/summary`
  func summarize(_ call: NomadCall, _ key: JobKey) async throws -> HTTPServerResponse {
    try call.allow("GET")
    return try await answer(call, .jobs) { (state) throws(NomadError) in
      let job = try state.job(key)
      let summary = state.summary(of: job)
      let index = summary["ModifyIndex"]?.integer.map { UInt64($0) } ?? job.modifyIndex
      return QueryResult(json: summary, index: index)
    }
  }

  /// `GET /v1/job/:id/versions`, newest first
  func listVersions(_ call: NomadCall, _ key: JobKey) async throws -> HTTPServerResponse {
    try call.allow("GET")
    return try await answer(call, .jobs) { (state) throws(NomadError) in
      guard let versions = state.versions[key], let newest = versions.first else {
        throw .notFound("job versions not found")
      }
      return QueryResult(
        json: [
          "Versions": .array(versions.map(\.json)), "Diffs": nil,
          "Index": .integer(Int64(newest.modifyIndex)), "KnownLeader": true, "LastContact": 0,
        ], index: newest.modifyIndex)
    }
  }

  /// `GET /v1/job/:id/allocations`; of an unknown job there are none.
  func listAllocations(_ call: NomadCall, _ key: JobKey) async throws -> HTTPServerResponse {
    try call.allow("GET")
    return try await answer(call, .allocations) { state in
      let allocations = state.allocations(of: key)
      let index = allocations.map(\.modifyIndex).max() ?? state.tables.allocations
      return QueryResult(json: .array(allocations.map(\.stub)), index: index)
    }
  }

  /// `GET /v1/job/:id/evaluations`; of an unknown job there are none.
  func listEvaluations(_ call: NomadCall, _ key: JobKey) async throws -> HTTPServerResponse {
    try call.allow("GET")
    return try await answer(call, .evaluations) { state in
      let evaluations = state.evaluations(of: key)
      let index = evaluations.map(\.modifyIndex).max() ?? state.tables.evaluations
      return QueryResult(json: .array(evaluations.map(\.json)), index: index)
    }
  }
}
