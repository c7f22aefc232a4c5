import HTTP

/// Fills a job with the defaults that Nomad's servers give it (`Job.Canonicalize`).
enum CanonicalJob {
  private static let second: Int64 = 1_000_000_000

  /// The job with every field; what was said stays, unknown fields are dropped.
  static func fill(_ given: JSONValue, region: String = "global") -> JSONValue {
    var job = merged(given, into: JobSchema.job.skeleton)
    setDefaults(
      &job,
      [
        "Name": job["ID"] ?? .null, "Namespace": "default", "Region": .string(region), "Priority": 50,
        "Type": "service", "AllAtOnce": false, "Stop": false, "Stable": false, "Status": "",
        "StatusDescription": "", "Version": 0, "CreateIndex": 0, "JobModifyIndex": 0, "ModifyIndex": 0,
      ])
    if let parameterized = given["ParameterizedJob"], !parameterized.isNull {
      var block = merged(parameterized, into: JobSchema.parameterized.skeleton)
      if block["Payload"] == "" { block["Payload"] = "optional" }
      job["ParameterizedJob"] = .object(block)
    }
    let isBatch = job["Type"] == "batch"
    let rescheduling = job["Reschedule"] ?? .null
    if let groups = job["TaskGroups"]?.array {
      job["TaskGroups"] = .array(groups.map { group($0, isBatch: isBatch, rescheduling: rescheduling) })
    }
    return .object(job)
  }

  /// The job as servers keep and show it, which has some fields less and some more than a parsed one.
  static func stored(_ given: JSONValue) -> [String: JSONValue] {
    var job = fill(given).object ?? [:]
    job["Migrate"] = nil
    job["Reschedule"] = nil
    fill(
      "Update", of: &job,
      [
        "AutoPromote": false, "AutoRevert": false, "Canary": 0, "HealthCheck": "", "HealthyDeadline": 0,
        "MaxParallel": 0, "MinHealthyTime": 0, "ProgressDeadline": 0, "Stagger": 0,
      ])
    let groups = (job["TaskGroups"]?.array ?? []).map { group -> JSONValue in
      var fields = group.object ?? [:]
      fields["Tasks"] = .array((fields["Tasks"]?.array ?? []).map(storedTask))
      return .object(fields)
    }
    if !groups.isEmpty { job["TaskGroups"] = .array(groups) }
    return job
  }

  private static func storedTask(_ task: JSONValue) -> JSONValue {
    var fields = task.object ?? [:]
    fields["CSIPluginConfig"] = JSONValue.null
    var resources = fields["Resources"]?.object ?? [:]
    setDefaults(&resources, ["DiskMB": 0, "IOPS": 0, "MemoryMaxMB": 0])
    fields["Resources"] = .object(resources)
    return .object(fields)
  }

  private static func group(_ given: JSONValue, isBatch: Bool, rescheduling: JSONValue) -> JSONValue {
    var group = merged(given, into: JobSchema.group.skeleton)
    setDefaults(&group, ["Count": 1, "Consul": ["Namespace": ""]])
    fill("EphemeralDisk", of: &group, ["Migrate": false, "SizeMB": 300, "Sticky": false])
    if group["ReschedulePolicy"]?.isNull != false { group["ReschedulePolicy"] = rescheduling }
    fill("ReschedulePolicy", of: &group, isBatch ? batchRescheduling : serviceRescheduling)
    fill("RestartPolicy", of: &group, isBatch ? batchRestarts : serviceRestarts)
    let restarts = group["RestartPolicy"]?.object ?? [:]
    if let tasks = group["Tasks"]?.array {
      group["Tasks"] = .array(tasks.map { task($0, restarts: restarts) })
    }
    return .object(group)
  }

  private static func task(_ given: JSONValue, restarts: [String: JSONValue]) -> JSONValue {
    var task = merged(given, into: JobSchema.task.skeleton)
    setDefaults(&task, ["KillTimeout": .integer(5 * second), "ShutdownDelay": 0])
    fill("LogConfig", of: &task, ["MaxFileSizeMB": 10, "MaxFiles": 10])
    fill("RestartPolicy", of: &task, restarts)
    fill(
      "Resources", of: &task,
      [
        "CPU": 100, "Cores": 0, "Devices": nil, "DiskMB": nil, "IOPS": nil, "MemoryMB": 300,
        "MemoryMaxMB": nil, "Networks": nil,
      ])
    return .object(task)
  }

  private static let batchRestarts: [String: JSONValue] = [
    "Attempts": 3, "Delay": .integer(15 * second), "Interval": .integer(86_400 * second), "Mode": "fail",
  ]
  private static let serviceRestarts: [String: JSONValue] = [
    "Attempts": 2, "Delay": .integer(15 * second), "Interval": .integer(1_800 * second), "Mode": "fail",
  ]
  private static let batchRescheduling: [String: JSONValue] = [
    "Attempts": 1, "Delay": .integer(5 * second), "DelayFunction": "constant",
    "Interval": .integer(86_400 * second), "MaxDelay": 0, "Unlimited": false,
  ]
  private static let serviceRescheduling: [String: JSONValue] = [
    "Attempts": 0, "Delay": .integer(30 * second), "DelayFunction": "exponential", "Interval": 0,
    "MaxDelay": .integer(3_600 * second), "Unlimited": true,
  ]

  /// The skeleton's fields, with what was given and is not null.
  private static func merged(_ given: JSONValue, into skeleton: [String: JSONValue]) -> [String: JSONValue] {
    skeleton.reduce(into: [:]) { fields, field in
      let value = given[field.key] ?? .null
      fields[field.key] = value.isNull ? field.value : value
    }
  }

  private static func fill(
    _ field: String, of object: inout [String: JSONValue], _ defaults: [String: JSONValue]
  ) {
    object[field] = .object(merged(object[field] ?? .null, into: defaults))
  }

  private static func setDefaults(_ object: inout [String: JSONValue], _ defaults: [String: JSONValue]) {
    for (field, value) in defaults where object[field]?.isNull != false { object[field] = value }
  }
}
