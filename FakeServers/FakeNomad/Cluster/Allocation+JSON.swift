import HTTP
import Platform

extension Allocation {
  /// The entry in a list of allocations.
  var stub: JSONValue {
    var fields = common
    fields.merge(
      [
        "DeploymentStatus": nil, "DesiredDescription": .string(desiredDescription),
        "FollowupEvalID": .string(followupEvaluationID),
        "DesiredTransition": ["ForceReschedule": nil, "Migrate": nil, "Reschedule": nil],
        "JobType": specification["Type"] ?? .null, "JobVersion": .integer(jobVersion),
        "PreemptedAllocations": nil, "PreemptedByAllocation": "", "RescheduleTracker": rescheduleTracker,
      ], uniquingKeysWith: { $1 })
    return .object(fields)
  }

  /// All of it. Fields that are empty are left out where Nomad leaves them out.
  var json: JSONValue {
    let tasks = group["Tasks"]?.array ?? []
    let diskMB = group["EphemeralDisk"]?["SizeMB"] ?? 300
    var fields = common
    fields.merge(
      [
        "AllocModifyIndex": .integer(Int64(createIndex)), "Job": specification, "Metrics": metrics,
        "AllocatedResources": [
          "Shared": ["DiskMB": diskMB, "Networks": nil, "Ports": nil],
          "TaskLifecycles": .object(Self.byName(tasks) { $0["Lifecycle"] ?? .null }),
          "Tasks": .object(Self.byName(tasks, Self.allocated)),
        ],
        "NetworkStatus": ["Address": "", "DNS": nil, "InterfaceName": ""],
        "Resources": Self.resources(
          cpu: Self.sum(tasks, "CPU"), memoryMB: Self.sum(tasks, "MemoryMB"),
          memoryMaxMB: Self.sum(tasks, "MemoryMB"), diskMB: diskMB),
        "SharedResources": Self.resources(cpu: 0, memoryMB: 0, memoryMaxMB: 0, diskMB: diskMB),
        "TaskResources": .object(
          Self.byName(tasks) { task in
            Self.resources(
              cpu: task["Resources"]?["CPU"] ?? 0, memoryMB: task["Resources"]?["MemoryMB"] ?? 0,
              memoryMaxMB: 0, diskMB: 0)
          }),
      ], uniquingKeysWith: { $1 })
    let texts = [
      "PreviousAllocation": previousAllocationID, "NextAllocation": nextAllocationID,
      "FollowupEvalID": followupEvaluationID, "DesiredDescription": desiredDescription,
    ]
    for (field, text) in texts where !text.isEmpty { fields[field] = .string(text) }
    if !reschedules.isEmpty { fields["RescheduleTracker"] = rescheduleTracker }
    return .object(fields)
  }

  private var common: [String: JSONValue] {
    [
      "ID": .string(id), "EvalID": .string(evaluationID), "Name": .string(name),
      "Namespace": .string(job.namespace), "JobID": .string(job.id), "TaskGroup": .string(groupName),
      "NodeID": .string(nodeID), "NodeName": .string(nodeName),
      "ClientStatus": .string(clientStatus.rawValue), "ClientDescription": .string(clientDescription),
      "DesiredStatus": .string(desiredStatus), "CreateIndex": .integer(Int64(createIndex)),
      "ModifyIndex": .integer(Int64(modifyIndex)),
      "CreateTime": .integer(createTime.milliseconds * 1_000_000),
      "ModifyTime": .integer(modifyTime.milliseconds * 1_000_000),
      // A client that has not spoken yet has no task states.
      "TaskStates": tasks.values.allSatisfy { $0.events.isEmpty } ? nil : .object(tasks.mapValues(\.json)),
    ]
  }

  private var rescheduleTracker: JSONValue {
    guard !reschedules.isEmpty else { return .null }
    let events = reschedules.map { event -> JSONValue in
      [
        "RescheduleTime": .integer(event.time.milliseconds * 1_000_000),
        "PrevAllocID": .string(event.previousAllocationID), "PrevNodeID": .string(event.previousNodeID),
        "Delay": .integer(event.delayNanoseconds),
      ]
    }
    return ["Events": .array(events)]
  }

  private static func byName(
    _ tasks: [JSONValue], _ value: (JSONValue) -> JSONValue
  ) -> [String: JSONValue] {
    Dictionary(tasks.map { ($0["Name"]?.string ?? "", value($0)) }, uniquingKeysWith: { $1 })
  }

  private static func sum(_ tasks: [JSONValue], _ field: String) -> JSONValue {
    .integer(tasks.reduce(into: 0) { $0 &+= $1["Resources"]?[field]?.integer ?? 0 })
  }

  private static func allocated(to task: JSONValue) -> JSONValue {
    [
      "Cpu": ["CpuShares": task["Resources"]?["CPU"] ?? 0, "ReservedCores": nil], "Devices": nil,
      "Memory": ["MemoryMB": task["Resources"]?["MemoryMB"] ?? 0, "MemoryMaxMB": 0], "Networks": nil,
    ]
  }

  private static func resources(
    cpu: JSONValue, memoryMB: JSONValue, memoryMaxMB: JSONValue, diskMB: JSONValue
  ) -> JSONValue {
    [
      "CPU": cpu, "Cores": 0, "Devices": nil, "DiskMB": diskMB, "IOPS": 0, "MemoryMB": memoryMB,
      "MemoryMaxMB": memoryMaxMB, "Networks": nil,
    ]
  }
}
