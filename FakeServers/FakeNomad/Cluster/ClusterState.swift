import Crypto
import HTTP
import Platform

/// All that the cluster knows, as a value: jobs, evaluations, allocations and the one node. Every change takes the
/// next index, as every write to Nomad's log does. What starts and ends tasks is not here.
struct ClusterState: Sendable {
  /// The index of the last change of each kind of thing, which list queries block on.
  struct TableIndexes: Sendable {
    var jobs: UInt64 = 1
    var evaluations: UInt64 = 1
    var allocations: UInt64 = 1
  }

  let node: Node
  let honoursIdempotencyToken: Bool
  private(set) var index: UInt64 = 10
  var tables = TableIndexes()
  var jobs: [JobKey: JobRecord] = [:]
  var evaluations: [String: Evaluation] = [:]
  var allocations: [String: Allocation] = [:]
  /// Allocations that were placed and that nobody has begun to run.
  var unstarted: [String] = []

  init(node: Node, honoursIdempotencyToken: Bool) {
    self.node = node
    self.honoursIdempotencyToken = honoursIdempotencyToken
  }

  mutating func nextIndex() -> UInt64 {
    index += 1
    return index
  }

  func job(_ key: JobKey) throws(NomadError) -> JobRecord {
    guard let job = jobs[key] else { throw .notFound("job not found") }
    return job
  }

  func allocations(of key: JobKey) -> [Allocation] {
    allocations.values.filter { $0.job == key }.sorted { $0.createIndex < $1.createIndex }
  }

  func evaluations(of key: JobKey) -> [Evaluation] {
    evaluations.values.filter { $0.job == key }.sorted { $0.createIndex < $1.createIndex }
  }

  /// A random id in the form of a UUID, of which the first eight digits end a dispatched job's id.
  static func newID() -> String {
    let digits = Array(RandomBytes.hexadecimal(16))
    let lengths = [8, 4, 4, 4, 12]
    var rest = digits[...]
    return lengths.map { length in
      defer { rest = rest.dropFirst(length) }
      return String(rest.prefix(length))
    }.joined(separator: "-")
  }

  static func nanosecondsNow() -> Int64 { Timestamp.now().milliseconds * 1_000_000 }
}

/// The only machine of the cluster.
struct Node: Sendable {
  var id = ClusterState.newID()
  var name: String
  var datacenter: String
  var drivers: Set<String>

  var stub: JSONValue {
    [
      "ID": .string(id), "Name": .string(name), "Datacenter": .string(datacenter), "Status": "ready",
      "SchedulingEligibility": "eligible", "Drain": false, "NodeClass": "", "Version": "1.1.0",
      "Address": "127.0.0.1", "StatusDescription": "", "CreateIndex": 7, "ModifyIndex": 8,
      "Drivers": .object(
        Dictionary(
          uniqueKeysWithValues: drivers.map { ($0, ["Detected": true, "Healthy": true] as JSONValue) })),
    ]
  }
}
