import HTTP
import Platform

extension ClusterState {
  /// What a dispatch asks for.
  struct DispatchOrder: Sendable {
    var meta: [String: String] = [:]
    var payload: [UInt8] = []
    var idempotencyToken = ""
  }

  /// What a dispatch answers.
  struct DispatchOutcome: Sendable {
    var jobID: String
    var jobIndex: UInt64
    var evaluationID = ""
    var evaluationIndex: UInt64 = 0
  }

  /// The largest payload, in bytes.
  static let maximumPayloadBytes = 16 * 1_024

  /// `POST /v1/job/:id/dispatch`: a copy of the parameterized job with the given meta.
  mutating func dispatch(_ key: JobKey, _ order: DispatchOrder) throws(NomadError) -> DispatchOutcome {
    guard let parent = jobs[key] else { throw .refused("parameterized job not found") }
    guard parent.isParameterized else {
      throw .refused("Specified job \"\(key.id)\" is not a parameterized job")
    }
    guard !parent.isStopped else { throw .refused("Specified job \"\(key.id)\" is stopped") }
    try check(order, against: parent.specification["ParameterizedJob"] ?? .null)
    if let known = knownDispatch(of: key, idempotencyToken: order.idempotencyToken) {
      return DispatchOutcome(jobID: known.key.id, jobIndex: known.createIndex)
    }
    let child = addChild(of: parent, order)
    let evaluation = evaluate(child.key, triggeredBy: "job-register")
    return DispatchOutcome(
      jobID: child.key.id, jobIndex: child.createIndex, evaluationID: evaluation.id,
      evaluationIndex: evaluation.createIndex)
  }

  private mutating func addChild(of parent: JobRecord, _ order: DispatchOrder) -> JobRecord {
    let index = nextIndex()
    let seconds = Timestamp.now().milliseconds / 1_000
    let id = "\(parent.key.id)/dispatch-\(seconds)-\(Self.newID().prefix(8))"
    var child = parent
    child.key.id = id
    child.specification["ID"] = .string(id)
    child.specification["Name"] = .string(id)
    let meta = (parent.specification["Meta"]?.stringMap ?? [:]).merging(order.meta) { $1 }
    child.specification["Meta"] = meta.isEmpty ? .null : .object(meta.mapValues { .string($0) })
    child.parentID = parent.key.id
    child.idempotencyToken = order.idempotencyToken
    child.status = "pending"
    child.payload = order.payload
    child.version = 0
    child.createIndex = index
    child.modifyIndex = index
    child.jobModifyIndex = index
    child.submitTime = Self.nanosecondsNow()
    put(child, "JobRegistered", index)
    return child
  }

  private func knownDispatch(of key: JobKey, idempotencyToken: String) -> JobRecord? {
    guard honoursIdempotencyToken, !idempotencyToken.isEmpty else { return nil }
    return jobs.values.first {
      $0.parentID == key.id && $0.key.namespace == key.namespace && $0.idempotencyToken == idempotencyToken
    }
  }

  private func check(_ order: DispatchOrder, against block: JSONValue) throws(NomadError) {
    let payload = block["Payload"]?.string ?? ""
    if payload == "forbidden" && !order.payload.isEmpty {
      throw .refused("Payload provided but forbidden by parameterized job")
    }
    if payload == "required" && order.payload.isEmpty {
      throw .refused("Payload is not provided but required by parameterized job")
    }
    guard order.payload.count <= Self.maximumPayloadBytes else {
      throw .refused(
        "Payload exceeds maximum size; \(order.payload.count) > \(Self.maximumPayloadBytes)")
    }
    let required = block["MetaRequired"]?.strings ?? []
    let permitted = Set(required + (block["MetaOptional"]?.strings ?? []))
    let unpermitted = order.meta.keys.filter { !permitted.contains($0) }.sorted()
    if !unpermitted.isEmpty {
      throw .refused(
        "Dispatch request included unpermitted metadata keys: [\(unpermitted.joined(separator: " "))]")
    }
    let missing = required.filter { order.meta[$0] == nil }
    if !missing.isEmpty {
      throw .refused("Dispatch did not provide required meta keys: [\(missing.joined(separator: " "))]")
    }
  }
}
