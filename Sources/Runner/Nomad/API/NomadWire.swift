/// `GET /v1/jobs`: an entry of the list. `meta` is there only when a server knows `?meta=true`.
struct JobStub: Decodable, Sendable {
  var id: String
  /// `pending`, `running` or `dead`.
  var status: String?
  var isStopped: Bool?
  var meta: [String: String]?

  enum CodingKeys: String, CodingKey {
    case id = "ID"
    case status = "Status"
    case isStopped = "Stop"
    case meta = "Meta"
  }
}

/// `GET /v1/job/:id`
struct JobDetail: Decodable, Sendable {
  var status: String
  var isStopped: Bool?
  var meta: [String: String]?

  enum CodingKeys: String, CodingKey {
    case status = "Status"
    case isStopped = "Stop"
    case meta = "Meta"
  }
}

/// `POST /v1/job/:id/dispatch`
struct DispatchAnswer: Decodable, Sendable {
  var jobID: String

  enum CodingKeys: String, CodingKey {
    case jobID = "DispatchedJobID"
  }
}

/// `GET /v1/nodes`
struct NodeStub: Decodable, Sendable {
  var datacenter: String
  var status: String?

  enum CodingKeys: String, CodingKey {
    case datacenter = "Datacenter"
    case status = "Status"
  }
}

/// `GET /v1/job/:id/allocations`
struct AllocationStub: Decodable, Sendable {
  var id: String
  var clientStatus: String
  var clientDescription: String?
  var desiredStatus: String?
  /// Why servers want it so.
  var desiredDescription: String?
  var nodeName: String?
  var createIndex: UInt64
  var taskStates: [String: TaskReport]?

  enum CodingKeys: String, CodingKey {
    case id = "ID"
    case clientStatus = "ClientStatus"
    case clientDescription = "ClientDescription"
    case desiredStatus = "DesiredStatus"
    case desiredDescription = "DesiredDescription"
    case nodeName = "NodeName"
    case createIndex = "CreateIndex"
    case taskStates = "TaskStates"
  }
}

/// What became of a task so far.
struct TaskReport: Decodable, Sendable {
  var hasFailed: Bool?
  var events: [TaskEventReport]?

  enum CodingKeys: String, CodingKey {
    case hasFailed = "Failed"
    case events = "Events"
  }
}

/// Something that happened to a task.
struct TaskEventReport: Decodable, Sendable {
  var type: String
  var displayMessage: String?
  var details: [String: String]?
  var exitCode: Int?

  enum CodingKeys: String, CodingKey {
    case type = "Type"
    case displayMessage = "DisplayMessage"
    case details = "Details"
    case exitCode = "ExitCode"
  }
}

/// `GET /v1/job/:id/evaluations`
struct EvaluationStub: Decodable, Sendable {
  var createIndex: UInt64
  var failedGroups: [String: PlacementMetrics]?

  enum CodingKeys: String, CodingKey {
    case createIndex = "CreateIndex"
    case failedGroups = "FailedTGAllocs"
  }
}

/// Why a group found no node.
struct PlacementMetrics: Decodable, Sendable {
  var nodesEvaluated: Int?
  var nodesAvailable: [String: Int]?
  var constraintFiltered: [String: Int]?
  var dimensionExhausted: [String: Int]?
  var quotaExhausted: [String]?

  enum CodingKeys: String, CodingKey {
    case nodesEvaluated = "NodesEvaluated"
    case nodesAvailable = "NodesAvailable"
    case constraintFiltered = "ConstraintFiltered"
    case dimensionExhausted = "DimensionExhausted"
    case quotaExhausted = "QuotaExhausted"
  }
}
