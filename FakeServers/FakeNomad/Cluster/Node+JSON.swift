import HTTP

extension Node {
  /// The entry in the list of nodes.
  func stub(withResources: Bool) -> JSONValue {
    var fields = common
    fields["Address"] = "127.0.0.1"
    fields["Version"] = .string(Self.nomadVersion)
    if withResources {
      fields["NodeResources"] = resources
      fields["ReservedResources"] = Self.nothingReserved
    }
    return .object(fields)
  }

  /// All of it.
  func json(region: String) -> JSONValue {
    var fields = common
    let plain = attributes(region: region).filter { $0.key.hasPrefix("attr.") }
    fields.merge(
      [
        "HTTPAddr": "127.0.0.1:4646", "TLSEnabled": false, "DrainStrategy": nil, "ComputedClass": "v1:0",
        "Attributes": .object(
          Dictionary(plain.map { (String($0.dropFirst(5)), .string($1)) }, uniquingKeysWith: { $1 })),
        "Meta": meta.isEmpty ? nil : .object(meta.mapValues { .string($0) }), "Links": [:],
        "NodeResources": resources, "ReservedResources": Self.nothingReserved,
        "Resources": [
          "CPU": .integer(cpu), "Cores": 0, "MemoryMB": .integer(memoryMB), "MemoryMaxMB": 0,
          "DiskMB": 100_000,
          "IOPS": 0, "Networks": nil, "Devices": nil,
        ],
        "Reserved": [
          "CPU": 0, "Cores": 0, "MemoryMB": 0, "MemoryMaxMB": 0, "DiskMB": 0, "IOPS": 0, "Networks": nil,
          "Devices": nil,
        ],
        "Events": [
          [
            "Message": "Node registered", "Subsystem": "Cluster", "Details": nil, "CreateIndex": 0,
            "Timestamp": "1970-01-01T00:00:00Z",
          ]
        ],
        "StatusUpdatedAt": 0, "HostVolumes": nil, "HostNetworks": nil, "CSIControllerPlugins": nil,
        "CSINodePlugins": nil,
      ], uniquingKeysWith: { $1 })
    return .object(fields)
  }

  private var common: [String: JSONValue] {
    [
      "ID": .string(id), "Name": .string(name), "Datacenter": .string(datacenter), "NodeClass": "",
      "Status": isDown ? "down" : "ready", "StatusDescription": "", "Drain": false, "LastDrain": nil,
      "SchedulingEligibility": isEligible ? "eligible" : "ineligible",
      "CreateIndex": .integer(Int64(createIndex)), "ModifyIndex": .integer(Int64(modifyIndex)),
      "Drivers": .object(
        Dictionary(
          uniqueKeysWithValues: drivers.map { name in
            (
              name,
              [
                "Detected": true, "Healthy": true, "HealthDescription": "Healthy", "Attributes": nil,
                "UpdateTime": "1970-01-01T00:00:00Z",
              ] as JSONValue
            )
          })),
    ]
  }

  private var resources: JSONValue {
    [
      "Cpu": ["CpuShares": .integer(cpu), "TotalCpuCores": 0, "ReservableCpuCores": nil],
      "Memory": ["MemoryMB": .integer(memoryMB)], "Disk": ["DiskMB": 100_000], "Networks": nil,
      "NodeNetworks": nil, "Devices": nil,
    ]
  }

  private static let nothingReserved: JSONValue = [
    "Cpu": ["CpuShares": 0, "ReservedCpuCores": nil], "Memory": ["MemoryMB": 0], "Disk": ["DiskMB": 0],
    "Networks": ["ReservedHostPorts": ""],
  ]
}
