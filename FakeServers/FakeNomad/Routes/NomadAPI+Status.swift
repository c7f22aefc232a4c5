import HTTP
import Platform

extension NomadAPI {
  private static let serverAddress: JSONValue = "127.0.0.1:4647"

  /// `GET /v1/status/leader`, `/v1/status/peers`, `/v1/regions`, `/v1/agent/self`, `/v1/agent/members`,
  /// `/v1/agent/health`
  func routeStatus(_ call: NomadCall) throws -> HTTPServerResponse? {
    let hasLeader = cluster.state.withLock(\.hasLeader)
    let body: JSONValue
    switch Array(call.path) {
    case ["regions"]: body = [.string(cluster.options.region)]
    case ["status", "leader"]: body = hasLeader ? Self.serverAddress : ""
    case ["status", "peers"]: body = [Self.serverAddress]
    case ["agent", "health"]: return try health(call, hasLeader: hasLeader)
    case ["agent", "members"]:
      body = [
        "ServerName": .string(cluster.options.nodeName), "ServerRegion": .string(cluster.options.region),
        "ServerDC": .string(cluster.options.datacenter), "Members": [member],
      ]
    case ["agent", "self"]:
      try checkToken(of: call)
      body = agent(hasLeader: hasLeader)
    default: return nil
    }
    try call.allow("GET")
    var response = HTTPServerResponse.json(body)
    response.headers["Vary"] = "Accept-Encoding"
    return response
  }

  /// `GET /v1/agent/health`
  private func health(_ call: NomadCall, hasLeader: Bool) throws -> HTTPServerResponse {
    try call.allow("GET")
    let server: JSONValue =
      hasLeader
      ? ["ok": true, "message": "ok"] : ["ok": false, "message": .string(NomadError.noLeader.message)]
    let body: JSONValue = ["client": ["ok": true, "message": "ok"], "server": server]
    return .json(body, status: hasLeader ? 200 : 500)
  }

  private var member: JSONValue {
    let options = cluster.options
    return [
      "Name": .string("\(options.nodeName).\(options.region)"), "Addr": "127.0.0.1", "Port": 4648,
      "Status": "alive", "ProtocolMin": 1, "ProtocolMax": 5, "ProtocolCur": 2, "DelegateMin": 2,
      "DelegateMax": 5, "DelegateCur": 4,
      "Tags": [
        "role": "nomad", "region": .string(options.region), "dc": .string(options.datacenter),
        "build": .string(Node.nomadVersion), "port": "4647", "bootstrap": "1", "vsn": "1",
      ],
    ]
  }

  private func agent(hasLeader: Bool) -> JSONValue {
    let options = cluster.options
    return [
      "config": [
        "Datacenter": .string(options.datacenter), "Region": .string(options.region),
        "NodeName": .string(options.nodeName), "BindAddr": "127.0.0.1",
        "Version": [
          "Version": .string(Node.nomadVersion), "Revision": "", "VersionPrerelease": "",
          "VersionMetadata": "",
        ],
        "ACL": ["Enabled": .bool(options.token != nil)], "Server": ["Enabled": true],
        "Client": ["Enabled": true],
      ],
      "member": member,
      "stats": [
        "nomad": [
          "leader": hasLeader ? "true" : "false", "server": "true", "leader_addr": Self.serverAddress,
          "bootstrap": "true", "known_regions": "1",
        ],
        "client": ["known_servers": Self.serverAddress, "heartbeat_ttl": "10s"],
      ],
    ]
  }
}
