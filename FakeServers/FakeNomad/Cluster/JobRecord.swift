import Crypto
import HTTP

/// Jobs are known by their id within a namespace.
struct JobKey: Hashable, Sendable {
  var namespace: String
  var id: String
}

/// A registered job: `pending` until something of it runs, `running`, `dead`.
struct JobRecord: Sendable {
  var key: JobKey
  /// With all defaults; indexes and status are kept beside it.
  var specification: [String: JSONValue]
  var status = "pending"
  var isStopped = false
  var version: Int64 = 0
  var createIndex: UInt64
  var modifyIndex: UInt64
  var jobModifyIndex: UInt64
  /// The parameterized job that this one was dispatched from.
  var parentID = ""
  var idempotencyToken = ""
  /// What a dispatch gave it besides its meta.
  var payload: [UInt8] = []
  /// Nanoseconds since 1970.
  var submitTime: Int64

  var isParameterized: Bool {
    specification["ParameterizedJob"]?.isNull == false && parentID.isEmpty
  }

  var json: JSONValue {
    var fields = specification
    fields["Status"] = .string(status)
    fields["Stop"] = .bool(isStopped)
    fields["Version"] = .integer(version)
    fields["ParentID"] = .string(parentID)
    fields["Dispatched"] = .bool(!parentID.isEmpty)
    fields["Payload"] = payload.isEmpty ? .null : .string(Base64.encode(payload))
    fields["SubmitTime"] = .integer(submitTime)
    setIndexes(&fields)
    return .object(fields)
  }

  /// The entry in the list of jobs.
  func stub(summary: JSONValue, withMeta: Bool) -> JSONValue {
    var fields: [String: JSONValue] = [
      "ID": .string(key.id), "ParentID": .string(parentID), "Namespace": .string(key.namespace),
      "Status": .string(status), "StatusDescription": "", "Stop": .bool(isStopped),
      "ParameterizedJob": .bool(specification["ParameterizedJob"]?.isNull == false), "Periodic": false,
      "JobSummary": summary, "SubmitTime": .integer(submitTime), "Multiregion": nil,
    ]
    for field in ["Name", "Type", "Priority", "Datacenters"] { fields[field] = specification[field] ?? .null }
    if withMeta { fields["Meta"] = specification["Meta"] ?? .null }
    setIndexes(&fields)
    return .object(fields)
  }

  private func setIndexes(_ fields: inout [String: JSONValue]) {
    fields["CreateIndex"] = .integer(Int64(createIndex))
    fields["ModifyIndex"] = .integer(Int64(modifyIndex))
    fields["JobModifyIndex"] = .integer(Int64(jobModifyIndex))
  }
}
