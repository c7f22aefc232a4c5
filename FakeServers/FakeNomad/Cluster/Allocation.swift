import HTTP
import Platform

/// A group of tasks placed on a node: `pending`, `running`, then `complete`, `failed` or `lost`.
struct Allocation: Sendable {
  enum ClientStatus: String, Sendable, CaseIterable {
    case pending, running, complete, failed, lost

    var isTerminal: Bool { self != .pending && self != .running }
  }

  /// That a failed allocation was followed by another one.
  struct Reschedule: Sendable {
    var time: Timestamp
    var previousAllocationID: String
    var previousNodeID: String
    var delayNanoseconds: Int64
  }

  var id: String
  var evaluationID: String
  var job: JobKey
  /// The job as it was when the allocation was made.
  var specification: JSONValue
  var jobVersion: Int64
  var group: JSONValue
  /// Which of the group's `Count`.
  var number: Int
  var nodeID: String
  var nodeName: String
  /// What the scheduler weighed when it chose the node.
  var metrics: JSONValue
  var clientStatus = ClientStatus.pending
  var clientDescription = ""
  var desiredStatus = "run"
  var desiredDescription = ""
  var tasks: [String: TaskState]
  var createIndex: UInt64
  var modifyIndex: UInt64
  var createTime = Timestamp.now()
  var modifyTime = Timestamp.now()

  /// Another one shall take its place when the job is evaluated next.
  var isToBeReplaced = false
  var previousAllocationID = ""
  var nextAllocationID = ""
  /// The evaluation that will replace it once its delay is over.
  var followupEvaluationID = ""
  /// The ones before it in the same place, oldest first.
  var reschedules: [Reschedule] = []

  var groupName: String { group["Name"]?.string ?? "" }
  var name: String { "\(job.id).\(groupName)[\(number)]" }
  /// Whether nothing of it runs, or shall run (`Allocation.TerminalStatus`).
  var isTerminal: Bool { clientStatus.isTerminal || desiredStatus != "run" }

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
}
