import HTTP

extension NomadAPI {
  /// `PUT /v1/system/gc`, `PUT /v1/system/reconcile/summaries`
  func routeSystem(_ call: NomadCall) throws -> HTTPServerResponse? {
    switch Array(call.path.dropFirst()) {
    case ["gc"]:
      try call.allow("PUT", "POST")
      try cluster.change { (state) throws(NomadError) in state.collectGarbage() }
    case ["reconcile", "summaries"]:
      // Summaries are counted anew whenever they are asked for.
      try call.allow("PUT", "POST")
    default: return nil
    }
    return .empty(200)
  }

  /// `GET /v1/acl/token/self`
  func routeTokens(_ call: NomadCall) throws -> HTTPServerResponse? {
    guard let token = cluster.options.token else { throw NomadError.badRequest("ACL support disabled") }
    guard Array(call.path.dropFirst()) == ["token", "self"] else { return nil }
    try call.allow("GET")
    return .nomad(
      QueryResult(
        json: [
          "AccessorID": "00000000-0000-4000-8000-000000000001", "SecretID": .string(token),
          "Name": "Bootstrap Token", "Type": "management", "Policies": nil, "Global": true, "Hash": nil,
          "CreateTime": "1970-01-01T00:00:00Z", "CreateIndex": 1, "ModifyIndex": 1,
        ], index: 1))
  }
}
