import HTTP
import Testing

extension ContractServer {
  /// A job whose one task is a shell script; it is started once.
  ///
  /// - Parameter meta: the keys that a dispatch may give.
  func job(
    _ script: String, meta: [String] = [], isParameterized: Bool = true, changes: [String: JSONValue] = [:],
    group groupChanges: [String: JSONValue] = [:], task taskChanges: [String: JSONValue] = [:]
  ) -> JSONValue {
    var task: [String: JSONValue] = [
      "Name": "run", "Driver": "raw_exec",
      "Config": ["command": "/bin/sh", "args": ["-c", .string(script)]],
      "Resources": ["CPU": 20, "MemoryMB": 20],
    ]
    task.merge(taskChanges) { $1 }
    var group: [String: JSONValue] = [
      "Name": "worker", "Tasks": [.object(task)],
      "RestartPolicy": [
        "Attempts": 0, "Interval": 60_000_000_000, "Delay": 5_000_000_000, "Mode": "fail",
      ],
      "ReschedulePolicy": ["Attempts": 0, "Unlimited": false],
    ]
    group.merge(groupChanges) { $1 }
    var job: [String: JSONValue] = [
      "ID": .string(id), "Name": .string(id), "Type": "batch", "Datacenters": [.string(datacenter)],
      "TaskGroups": [.object(group)],
    ]
    if isParameterized {
      job["ParameterizedJob"] = [
        "Payload": "forbidden", "MetaOptional": .array(meta.map { .string($0) }),
      ]
    }
    return .object(job.merging(changes) { $1 })
  }

  @discardableResult
  func register(_ job: JSONValue) async throws -> Answer {
    let answer = try await call("POST", "/v1/jobs", ["Job": job])
    try #require(answer.status == 200, "\(answer.text)")
    return answer
  }

  /// Registers and dispatches a job, and answers the dispatched one's id.
  func run(
    _ script: String, meta: [String: String] = [:], group: [String: JSONValue] = [:],
    task: [String: JSONValue] = [:]
  ) async throws -> String {
    try await register(job(script, meta: meta.keys.sorted(), group: group, task: task))
    let answer = try await call(
      "POST", "/v1/job/\(id)/dispatch", ["Meta": .object(meta.mapValues { .string($0) })])
    return try #require(answer.json["DispatchedJobID"]?.string, "\(answer.text)")
  }
}

extension JSONValue {
  /// The types of a task's events in an allocation, in order.
  var eventTypes: [String] {
    (self["TaskStates"]?["run"]?["Events"]?.array ?? []).compactMap { $0["Type"]?.string }
  }

  /// The newest event of a type.
  func event(_ type: String) -> JSONValue? {
    self["TaskStates"]?["run"]?["Events"]?.array?.last { $0["Type"]?.string == type }
  }
}
