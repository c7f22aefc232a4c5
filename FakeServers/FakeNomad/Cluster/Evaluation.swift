import HTTP

/// A decision of the scheduler about a job.
struct Evaluation: Sendable {
  var id: String
  var job: JobKey
  var type: String
  var priority: Int64
  var triggeredBy: String
  /// `pending`, `complete`, or `blocked` until a machine is free.
  var status = "pending"
  var jobModifyIndex: UInt64
  var createIndex: UInt64
  var modifyIndex: UInt64
  /// By group: why it could not be placed.
  var failedGroups: [String: JSONValue] = [:]
  var blockedEvaluationID = ""
  var queuedAllocations: [String: Int64] = [:]

  var json: JSONValue {
    var fields: [String: JSONValue] = [
      "ID": .string(id), "Namespace": .string(job.namespace), "JobID": .string(job.id),
      "Type": .string(type), "Priority": .integer(priority), "TriggeredBy": .string(triggeredBy),
      "Status": .string(status), "JobModifyIndex": .integer(Int64(jobModifyIndex)),
      "CreateIndex": .integer(Int64(createIndex)), "ModifyIndex": .integer(Int64(modifyIndex)),
      "SnapshotIndex": .integer(Int64(createIndex)), "CreateTime": 0, "ModifyTime": 0,
      "QueuedAllocations": .object(queuedAllocations.mapValues { .integer($0) }),
    ]
    if !failedGroups.isEmpty { fields["FailedTGAllocs"] = .object(failedGroups) }
    if !blockedEvaluationID.isEmpty { fields["BlockedEval"] = .string(blockedEvaluationID) }
    return .object(fields)
  }
}
