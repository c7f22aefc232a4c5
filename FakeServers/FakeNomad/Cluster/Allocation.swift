import HTTP
import Platform

/// A group of tasks placed on a node: `pending`, `running`, then `complete`, `failed` or `lost`.
struct Allocation: Sendable {
  enum ClientStatus: String, Sendable, CaseIterable {
    case pending, running, complete, failed, lost

    var isTerminal: Bool { self != .pending && self != .running }
  }

  var id: String
  var evaluationID: String
  var job: JobKey
  /// The job as it was when the allocation was made.
  var specification: JSONValue
  var group: JSONValue
  /// Which of the group's `Count`.
  var number: Int
  var nodeID: String
  var nodeName: String
  var clientStatus = ClientStatus.pending
  var clientDescription = ""
  var desiredStatus = "run"
  var tasks: [String: TaskState]
  var createIndex: UInt64
  var modifyIndex: UInt64
  var createTime = Timestamp.now()
  var modifyTime = Timestamp.now()

  var groupName: String { group["Name"]?.string ?? "" }
  var name: String { "\(job.id).\(groupName)[\(number)]" }

  /// The client's status by its tasks', unless it is settled.
  mutating func settle() {
    guard !clientStatus.isTerminal else { return }
    let phases = Set(tasks.values.map(\.phase))
    if phases == [.dead] {
      let failed = tasks.values.contains(where: \.failed)
      clientStatus = failed ? .failed : .complete
      clientDescription = failed ? "Failed tasks" : "All tasks have completed"
    } else if phases.contains(.running) {
      clientStatus = .running
      clientDescription = "Tasks are running"
    } else if clientStatus == .pending {
      clientDescription = "No tasks have started"
    }
  }

  /// The entry in a list of allocations.
  var stub: JSONValue {
    .object(
      common.merging(
        [
          "DeploymentStatus": nil, "DesiredDescription": "", "FollowupEvalID": "",
          "DesiredTransition": ["ForceReschedule": nil, "Migrate": nil, "Reschedule": nil],
          "JobType": specification["Type"] ?? .null, "JobVersion": specification["Version"] ?? 0,
          "PreemptedAllocations": nil, "PreemptedByAllocation": "", "RescheduleTracker": nil,
        ], uniquingKeysWith: { $1 }))
  }

  /// All of it.
  func json(datacenter: String) -> JSONValue {
    .object(
      common.merging(
        [
          "AllocModifyIndex": .integer(Int64(createIndex)), "Job": specification,
          "Metrics": [
            "NodesEvaluated": 1, "NodesFiltered": 0, "NodesExhausted": 0,
            "NodesAvailable": .object([datacenter: 1]), "ClassFiltered": nil, "ConstraintFiltered": nil,
            "ClassExhausted": nil, "DimensionExhausted": nil, "QuotaExhausted": nil, "CoalescedFailures": 0,
          ],
          "AllocatedResources": nil, "NetworkStatus": nil, "Resources": nil, "SharedResources": nil,
          "TaskResources": nil,
        ], uniquingKeysWith: { $1 }))
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
}
