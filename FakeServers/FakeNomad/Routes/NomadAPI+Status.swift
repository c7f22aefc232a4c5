import HTTP
import Platform

extension NomadAPI {
  /// `GET /v1/nodes`, `/v1/status/leader`, `/v1/status/peers`, `/v1/agent/self`, `/v1/agent/health`, `/v1/regions`
  func routeStatus(_ call: NomadCall) throws -> HTTPServerResponse? {
    let options = cluster.options
    let body: JSONValue
    switch Array(call.path) {
    case ["nodes"]: body = [cluster.node.stub]
    case ["regions"]: body = [.string(options.region)]
    case ["status", "leader"]: body = "127.0.0.1:4647"
    case ["status", "peers"]: body = ["127.0.0.1:4647"]
    case ["agent", "health"]:
      body = ["client": ["ok": true, "message": "ok"], "server": ["ok": true, "message": "ok"]]
    case ["agent", "self"]:
      body = [
        "config": [
          "Datacenter": .string(options.datacenter), "Region": .string(options.region),
          "NodeName": .string(options.nodeName), "Version": ["Version": "1.1.0"],
        ],
        "member": ["Name": .string("\(options.nodeName).\(options.region)"), "Status": "alive"],
        "stats": ["nomad": ["leader": "true", "server": "true"]],
      ]
    default: return nil
    }
    try call.allow("GET")
    return .nomad(QueryResult(json: body, index: cluster.state.withLock(\.index)))
  }
}
