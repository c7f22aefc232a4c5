import HTTP

/// A change of the cluster, as the event stream tells it.
struct ClusterEvent: Sendable {
  enum Topic: String, Sendable {
    case job = "Job"
    case evaluation = "Evaluation"
    case allocation = "Allocation"
    case node = "Node"
  }

  var index: UInt64
  var topic: Topic
  /// Such as `JobRegistered`, `EvaluationUpdated`, `PlanResult`, `AllocationUpdated`, `NodeEligibility`.
  var type: String
  /// The thing's id.
  var key: String
  /// Empty for what belongs to no namespace.
  var namespace = ""
  /// Other ids by which a reader may ask for it.
  var filterKeys: [String] = []
  var payload: JSONValue

  var json: JSONValue {
    var fields: [String: JSONValue] = [
      "Topic": .string(topic.rawValue), "Type": .string(type), "Key": .string(key),
      "FilterKeys": filterKeys.isEmpty ? nil : .array(filterKeys.map { .string($0) }),
      "Index": .integer(Int64(index)),
      "Payload": [topic.rawValue: payload],
    ]
    if !namespace.isEmpty { fields["Namespace"] = .string(namespace) }
    return .object(fields)
  }
}

extension ClusterState {
  /// Older events are forgotten (`event_buffer_size`).
  static let maximumEvents = 100

  mutating func tell(of job: JobRecord, _ type: String, _ index: UInt64) {
    keep(
      ClusterEvent(
        index: index, topic: .job, type: type, key: job.key.id, namespace: job.key.namespace,
        payload: job.json))
  }

  mutating func tell(of evaluation: Evaluation, _ type: String, _ index: UInt64) {
    keep(
      ClusterEvent(
        index: index, topic: .evaluation, type: type, key: evaluation.id,
        namespace: evaluation.job.namespace, filterKeys: [evaluation.job.id], payload: evaluation.json))
  }

  /// The job is left out of the payload, as Nomad does.
  mutating func tell(of allocation: Allocation, _ type: String, _ index: UInt64) {
    var fields = allocation.json.object ?? [:]
    fields["Job"] = nil
    keep(
      ClusterEvent(
        index: index, topic: .allocation, type: type, key: allocation.id,
        namespace: allocation.job.namespace, filterKeys: [allocation.job.id], payload: .object(fields)))
  }

  mutating func tell(of node: Node, _ type: String, _ index: UInt64) {
    keep(
      ClusterEvent(index: index, topic: .node, type: type, key: node.id, payload: node.json(region: region)))
  }

  private mutating func keep(_ event: ClusterEvent) {
    events.append(event)
    if events.count > Self.maximumEvents { events.removeFirst() }
  }
}
