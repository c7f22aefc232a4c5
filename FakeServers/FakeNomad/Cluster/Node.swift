import HTTP

/// A machine of the cluster. Work is placed on it while it is ready and eligible.
struct Node: Sendable {
  let id: String
  let name: String
  let datacenter: String
  let drivers: Set<String>
  /// The client's own meta, `${meta.name}` in job files.
  let meta: [String: String]
  /// What may be given to tasks: MHz, and MB (10^6 bytes as Nomad counts them).
  let cpu: Int64
  let memoryMB: Int64
  /// Its heartbeats have stopped: what ran there is lost.
  var isDown = false
  var isEligible = true
  let createIndex: UInt64
  var modifyIndex: UInt64

  init(_ options: FakeNomadOptions, number: Int) {
    id = ClusterState.newID()
    name = number == 0 ? options.nodeName : "\(options.nodeName)-\(number + 1)"
    datacenter = options.datacenter
    drivers = options.drivers
    meta = options.nodeMeta
    cpu = Int64(clamping: options.nodeCPU)
    memoryMB = Int64(clamping: options.nodeMemoryMB)
    createIndex = 7
    modifyIndex = 8
  }

  var takesWork: Bool { !isDown && isEligible }

  /// What `${...}` in constraints and tasks finds of the machine.
  func attributes(region: String) -> [String: String] {
    var attributes = [
      "node.unique.id": id, "node.unique.name": name, "node.datacenter": datacenter, "node.region": region,
      "node.class": "", "attr.kernel.name": "linux", "attr.cpu.arch": "amd64",
      "attr.nomad.version": Self.nomadVersion,
      "attr.unique.hostname": name, "attr.unique.network.ip-address": "127.0.0.1",
    ]
    for driver in drivers { attributes["attr.driver.\(driver)"] = "1" }
    for (key, value) in meta { attributes["meta.\(key)"] = value }
    return attributes
  }

  /// The version of Nomad whose answers the fake gives.
  static let nomadVersion = "1.1.0"
}
