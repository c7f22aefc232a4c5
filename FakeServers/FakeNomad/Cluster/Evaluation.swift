import HTTP
import Platform

/// A decision of the scheduler about a job.
struct Evaluation: Sendable {
  enum Status: String, Sendable {
    /// `blocked` waits until a machine is free.
    case pending, complete, blocked, canceled
  }

  var id: String
  var job: JobKey
  var type: String
  var priority: Int64
  var triggeredBy: String
  var status = Status.pending
  var jobModifyIndex: UInt64
  var createIndex: UInt64
  var modifyIndex: UInt64
  var createTime = Timestamp.now()
  /// By group: why it could not be placed.
  var failedGroups: [String: JSONValue] = [:]
  var previousEvaluationID = ""
  var blockedEvaluationID = ""
  /// Not carried out before.
  var waitUntil: Timestamp?
  var queuedAllocations: [String: Int64] = [:]

  var isTerminal: Bool { status == .complete || status == .canceled }

  var json: JSONValue {
    var fields: [String: JSONValue] = [
      "ID": .string(id), "Namespace": .string(job.namespace), "JobID": .string(job.id),
      "Type": .string(type), "Priority": .integer(priority), "TriggeredBy": .string(triggeredBy),
      "Status": .string(status.rawValue), "JobModifyIndex": .integer(Int64(jobModifyIndex)),
      "CreateIndex": .integer(Int64(createIndex)), "ModifyIndex": .integer(Int64(modifyIndex)),
      "SnapshotIndex": .integer(Int64(createIndex)),
      "CreateTime": .integer(createTime.milliseconds * 1_000_000),
      "ModifyTime": .integer(createTime.milliseconds * 1_000_000),
      "QueuedAllocations": .object(queuedAllocations.mapValues { .integer($0) }),
    ]
    if !failedGroups.isEmpty { fields["FailedTGAllocs"] = .object(failedGroups) }
    if !blockedEvaluationID.isEmpty { fields["BlockedEval"] = .string(blockedEvaluationID) }
    if !previousEvaluationID.isEmpty { fields["PreviousEval"] = .string(previousEvaluationID) }
    if let waitUntil { fields["WaitUntil"] = .string(waitUntil.rfc3339) }
    return .object(fields)
  }
}
