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

  /// `POST /v1/jobs`. A job that is registered as it stands keeps its version.
  mutating func register(
    _ given: JSONValue, namespace: String, enforcedIndex: UInt64? = nil
  ) throws(NomadError) -> Registration {
    var specification = CanonicalJob.stored(given)
    specification["Namespace"] = .string(namespace)
    if let refusal = JobValidation.refusal(of: .object(specification)) { throw refusal }
    let key = JobKey(namespace: namespace, id: specification["ID"]?.string ?? "")
    let existing = jobs[key]
    try enforce(enforcedIndex, on: existing)
    let index = nextIndex()
    var record =
      existing
      ?? JobRecord(
        key: key, specification: specification, createIndex: index, modifyIndex: index, jobModifyIndex: index,
        submitTime: Self.nanosecondsNow())
    if let existing, differs(specification, from: existing) {
      record.specification = specification
      record.version += 1
      record.jobModifyIndex = index
      record.submitTime = Self.nanosecondsNow()
    }
    record.modifyIndex = index
    record.isStopped = false
    if record.isParameterized { record.status = "running" }
    jobs[key] = record
    tables.jobs = index
    guard !record.isParameterized else {
      return Registration(index: index, jobModifyIndex: record.jobModifyIndex)
    }
    let evaluation = evaluate(key, triggeredBy: "job-register")
    return Registration(
      index: index, jobModifyIndex: record.jobModifyIndex, evaluationID: evaluation.id,
      evaluationIndex: evaluation.createIndex)
  }

  /// `POST /v1/job/:id/plan`: how registering the job would change it.
  func plan(_ given: JSONValue, namespace: String) throws(NomadError) -> String {
    var specification = CanonicalJob.stored(given)
    specification["Namespace"] = .string(namespace)
    if let refusal = JobValidation.refusal(of: .object(specification)) { throw refusal }
    let key = JobKey(namespace: namespace, id: specification["ID"]?.string ?? "")
    guard let existing = jobs[key] else { return "Added" }
    return existing.isStopped || differs(specification, from: existing) ? "Edited" : "None"
  }

  /// `DELETE /v1/job/:id`: an unknown job is stopped as well. Answers the allocations whose tasks are to be killed.
  mutating func stop(_ key: JobKey, purge: Bool) -> (registration: Registration, running: [String]) {
    let index = nextIndex()
    let running = allocations(of: key).filter { !$0.clientStatus.isTerminal }.map(\.id)
    for id in running {
      allocations[id]?.desiredStatus = "stop"
      touch(allocation: id, index)
    }
    if purge {
      jobs[key] = nil
    } else if var job = jobs[key] {
      job.isStopped = true
      job.status = running.isEmpty ? "dead" : job.status
      job.modifyIndex = index
      job.jobModifyIndex = index
      jobs[key] = job
    }
    tables.jobs = index
    for id in evaluations.keys where evaluations[id]?.job == key && evaluations[id]?.status == "blocked" {
      evaluations[id]?.status = "cancelled"
    }
    var registration = Registration(index: index, jobModifyIndex: index)
    registration.evaluationID = Self.newID()
    registration.evaluationIndex = index
    return (registration, running)
  }

  /// `GET /v1/job/:id/summary`.
  func summary(of job: JobRecord) -> JSONValue {
    let children = jobs.values.filter { $0.parentID == job.key.id && $0.key.namespace == job.key.namespace }
    func count(_ status: String) -> JSONValue {
      .integer(Int64(children.count { $0.status == status }))
    }
    var groups: [String: JSONValue] = [:]
    for group in job.specification["TaskGroups"]?.array ?? [] {
      let name = group["Name"]?.string ?? ""
      let statuses = allocations(of: job.key).filter { $0.groupName == name }.map(\.clientStatus)
      func count(_ status: Allocation.ClientStatus) -> JSONValue {
        .integer(Int64(statuses.count { $0 == status }))
      }
      groups[name] = [
        "Complete": count(.complete), "Failed": count(.failed), "Lost": count(.lost), "Queued": 0,
        "Running": count(.running), "Starting": count(.pending),
      ]
    }
    return [
      "JobID": .string(job.key.id), "Namespace": .string(job.key.namespace), "Summary": .object(groups),
      "Children": ["Dead": count("dead"), "Pending": count("pending"), "Running": count("running")],
      "CreateIndex": .integer(Int64(job.createIndex)), "ModifyIndex": .integer(Int64(job.modifyIndex)),
    ]
  }

  private func differs(_ specification: [String: JSONValue], from record: JobRecord) -> Bool {
    specification != record.specification
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
