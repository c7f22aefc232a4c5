import HTTP

extension ClusterState {
  /// What a register answers.
  struct Registration: Sendable {
    var index: UInt64
    var jobModifyIndex: UInt64
    /// Empty for a parameterized job, of which nothing is placed.
    var evaluationID = ""
    var evaluationIndex: UInt64 = 0
  }

  /// So many versions of a job are kept.
  static let maximumVersions = 6

  /// `POST /v1/jobs`. A job that is registered as it stands keeps its version.
  mutating func register(
    _ given: JSONValue, namespace: String, enforcedIndex: UInt64? = nil
  ) throws(NomadError) -> Registration {
    let specification = try checked(given, namespace: namespace)
    let key = JobKey(namespace: namespace, id: specification["ID"]?.string ?? "")
    let existing = jobs[key]
    try enforce(enforcedIndex, on: existing)
    guard namespaces[namespace] != nil else {
      throw .refused("job \"\(key.id)\" is in nonexistent namespace \"\(namespace)\"")
    }
    let index = nextIndex()
    var record =
      existing
      ?? JobRecord(
        key: key, specification: specification, createIndex: index, modifyIndex: index, jobModifyIndex: index,
        submitTime: Self.nanosecondsNow())
    if let existing, existing.isStopped || specification != existing.specification {
      record.specification = specification
      record.version += 1
      record.jobModifyIndex = index
      record.submitTime = Self.nanosecondsNow()
    }
    record.modifyIndex = index
    record.isStopped = false
    if record.isParameterized { record.status = "running" }
    put(record, "JobRegistered", index)
    guard !record.isParameterized else {
      return Registration(index: index, jobModifyIndex: record.jobModifyIndex)
    }
    let evaluation = evaluate(key, triggeredBy: "job-register")
    return Registration(
      index: evaluation.createIndex, jobModifyIndex: record.jobModifyIndex, evaluationID: evaluation.id,
      evaluationIndex: evaluation.createIndex)
  }

  /// `POST /v1/job/:id/plan`: how registering the job would change it, and which groups would have no place.
  func plan(
    _ given: JSONValue, namespace: String
  ) throws(NomadError) -> (type: String, failedGroups: [String: JSONValue]) {
    let specification = try checked(given, namespace: namespace)
    let key = JobKey(namespace: namespace, id: specification["ID"]?.string ?? "")
    let planned = JobRecord(
      key: key, specification: specification, createIndex: 0, modifyIndex: 0, jobModifyIndex: 0,
      submitTime: 0)
    var failures: [String: JSONValue] = [:]
    for group in specification["TaskGroups"]?.array ?? [] where !planned.isParameterized {
      if case .none(let metrics) = choice(for: group, of: planned) {
        failures[group["Name"]?.string ?? ""] = metrics
      }
    }
    guard let existing = jobs[key] else { return ("Added", failures) }
    let isChanged = existing.isStopped || specification != existing.specification
    return (isChanged ? "Edited" : "None", failures)
  }

  /// `POST /v1/job/:id/evaluate`: looks again at what the job lacks; failed allocations are replaced at once when that
  /// is forced.
  mutating func evaluateAgain(
    _ key: JobKey, forcesReschedule: Bool
  ) throws(NomadError) -> (evaluation: Evaluation, job: JobRecord) {
    guard let job = jobs[key] else { throw .refused("job not found") }
    guard !job.isParameterized else { throw .refused("can't evaluate parameterized job") }
    if forcesReschedule {
      for var allocation in allocations(of: key)
      where allocation.clientStatus == .failed && allocation.nextAllocationID.isEmpty {
        allocation.isToBeReplaced = true
        put(allocation)
      }
    }
    return (evaluate(key, triggeredBy: "job-register"), job)
  }

  /// Keeps a job as its newest version, and tells of it.
  mutating func put(_ job: JobRecord, _ type: String, _ index: UInt64) {
    jobs[job.key] = job
    var history = versions[job.key, default: []].filter { $0.version != job.version }
    history.insert(job, at: 0)
    versions[job.key] = Array(history.prefix(Self.maximumVersions))
    tables.jobs = index
    tell(of: job, type, index)
  }

  /// The job as it is kept, when servers take it.
  private func checked(
    _ given: JSONValue, namespace: String
  ) throws(NomadError) -> [String: JSONValue] {
    var specification = CanonicalJob.stored(given)
    specification["Namespace"] = .string(namespace)
    if let refusal = JobValidation.refusal(of: .object(specification)) { throw refusal }
    return specification
  }

  private func enforce(_ wanted: UInt64?, on existing: JobRecord?) throws(NomadError) {
    guard let wanted else { return }
    let prefix = "Enforcing job modify index \(wanted): job"
    if let existing {
      if wanted == 0 { throw .refused("\(prefix) already exists") }
      if wanted != existing.jobModifyIndex {
        throw .refused("\(prefix) exists with conflicting job modify index: \(existing.jobModifyIndex)")
      }
    } else if wanted != 0 {
      throw .refused("\(prefix) does not exist")
    }
  }
}
