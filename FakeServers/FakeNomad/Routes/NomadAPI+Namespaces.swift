import HTTP
import Platform

extension NomadAPI {
  /// `/v1/namespaces`, `/v1/namespace[/:name]`
  func routeNamespaces(_ call: NomadCall) async throws -> HTTPServerResponse? {
    let name = call.path.dropFirst().first
    switch (call.path.first, name, call.method) {
    case ("namespaces", nil, "GET"): return try await listNamespaces(call)
    case ("namespaces", nil, _), ("namespace", nil, _): return try putNamespace(call, name: nil)
    case ("namespace", let name?, "GET"): return try await readNamespace(call, name)
    case ("namespace", let name?, "DELETE"): return try deleteNamespace(name)
    case ("namespace", let name?, _): return try putNamespace(call, name: name)
    default: return nil
    }
  }

  /// `GET /v1/namespaces?prefix=`
  private func listNamespaces(_ call: NomadCall) async throws -> HTTPServerResponse {
    try await answer(call, .namespaces) { state in
      let names = state.namespaces.keys.filter { $0.hasPrefix(call.prefix) }.sorted()
      let list = names.map { Self.json($0, state) }
      return QueryResult(json: .array(list), index: state.tables.namespaces)
    }
  }

  /// `GET /v1/namespace/:name`
  private func readNamespace(_ call: NomadCall, _ name: String) async throws -> HTTPServerResponse {
    try await answer(call, .namespaces) { (state) throws(NomadError) in
      guard state.namespaces[name] != nil else { throw .notFound("Namespace not found") }
      return QueryResult(json: Self.json(name, state), index: state.tables.namespaces)
    }
  }

  /// `POST /v1/namespaces`, `POST /v1/namespace/:name`
  private func putNamespace(_ call: NomadCall, name: String?) throws -> HTTPServerResponse {
    try call.allow("POST", "PUT")
    let body = try GoJSON.object(call.body, as: "structs.Namespace")
    let given = body["Name"]?.string ?? ""
    if let name, name != given { throw NomadError.badRequest("Namespace name does not match request path") }
    let isName = given.wholeMatch(of: /[a-zA-Z0-9-]{1,128}/) != nil
    guard isName else {
      throw NomadError.refused(
        "Invalid namespace: 1 error occurred:\n\t* invalid name \"\(given)\". "
          + "Must match regex ^[a-zA-Z0-9-]{1,128}$\n\n")
    }
    return try change { state in state.namespaces[given] = body["Description"]?.string ?? "" }
  }

  /// `DELETE /v1/namespace/:name`
  private func deleteNamespace(_ name: String) throws -> HTTPServerResponse {
    guard name != "default" else { throw NomadError.refused("can not delete default namespace") }
    let (isKnown, isUsed) = cluster.state.withLock { state in
      (state.namespaces[name] != nil, state.jobs.keys.contains { $0.namespace == name })
    }
    guard isKnown else { throw NomadError.refused("namespace \"\(name)\" not found") }
    guard !isUsed else {
      throw NomadError.refused(
        "namespace \"\(name)\" has non-terminal jobs in regions: [\(cluster.options.region)]")
    }
    return try change { state in state.namespaces[name] = nil }
  }

  private func change(_ body: (inout ClusterState) -> Void) throws -> HTTPServerResponse {
    let index = try cluster.change { (state) throws(NomadError) in
      body(&state)
      state.tables.namespaces = state.nextIndex()
      return state.index
    }
    var response = HTTPServerResponse.empty(200)
    response.setIndex(index)
    return response
  }

  private static func json(_ name: String, _ state: ClusterState) -> JSONValue {
    [
      "Name": .string(name), "Description": .string(state.namespaces[name] ?? ""), "Quota": "", "Hash": nil,
      "CreateIndex": 1, "ModifyIndex": .integer(Int64(state.tables.namespaces)),
    ]
  }
}
