import Crypto
import HTTP
import Platform

/// All that the cluster knows, as a value: nodes, namespaces, jobs, evaluations and allocations. Every change takes
/// the next index, as every write to Nomad's log does. What starts and ends tasks is not here: it is told by `effects`.
struct ClusterState: Sendable {
  /// The index of the last change of each kind of thing, which list queries block on.
  struct TableIndexes: Sendable {
    var jobs: UInt64 = 1
    var evaluations: UInt64 = 1
    var allocations: UInt64 = 1
    var nodes: UInt64 = 8
    var namespaces: UInt64 = 1
  }

  /// What is to be done because of changes; whoever made them takes it out.
  struct Effects: Sendable {
    /// Allocations that were placed.
    var start: [String] = []
    /// Allocations whose tasks shall end.
    var kill: [String] = []
    /// Evaluations that are due later.
    var later: [(evaluation: String, nanoseconds: Int64)] = []
  }

  let region: String
  let honoursIdempotencyToken: Bool
  private(set) var index: UInt64 = 10
  var tables = TableIndexes()
  /// Without a leader servers answer stale queries only.
  var hasLeader = true
  var nodes: [Node]
  /// Names and descriptions.
  var namespaces: [String: String]
  var jobs: [JobKey: JobRecord] = [:]
  /// What jobs were before, newest first, with what they are.
  var versions: [JobKey: [JobRecord]] = [:]
  private(set) var evaluations: [String: Evaluation] = [:]
  private(set) var allocations: [String: Allocation] = [:]
  private var evaluationsByJob: [JobKey: [String]] = [:]
  private var allocationsByJob: [JobKey: [String]] = [:]
  /// The newest changes, oldest first.
  var events: [ClusterEvent] = []
  var effects = Effects()

  init(_ options: FakeNomadOptions, nodes: [Node]) {
    region = options.region
    honoursIdempotencyToken = options.honoursIdempotencyToken
    namespaces = Dictionary(options.namespaces.map { ($0, "") }, uniquingKeysWith: { $1 })
    namespaces["default"] = "Default shared namespace"
    self.nodes = nodes
  }

  mutating func nextIndex() -> UInt64 {
    index += 1
    return index
  }

  func job(_ key: JobKey) throws(NomadError) -> JobRecord {
    guard let job = jobs[key] else { throw .notFound("job not found") }
    return job
  }

  /// Oldest first.
  func allocations(of key: JobKey) -> [Allocation] {
    (allocationsByJob[key] ?? []).compactMap { allocations[$0] }
  }

  /// Oldest first.
  func evaluations(of key: JobKey) -> [Evaluation] {
    (evaluationsByJob[key] ?? []).compactMap { evaluations[$0] }
  }

  /// Keeps a new or changed allocation.
  mutating func put(_ allocation: Allocation) {
    if allocations.updateValue(allocation, forKey: allocation.id) == nil {
      allocationsByJob[allocation.job, default: []].append(allocation.id)
    }
  }

  /// Keeps a new or changed evaluation, and tells of it.
  mutating func put(_ evaluation: Evaluation, _ index: UInt64) {
    var evaluation = evaluation
    evaluation.modifyIndex = index
    if evaluations.updateValue(evaluation, forKey: evaluation.id) == nil {
      evaluationsByJob[evaluation.job, default: []].append(evaluation.id)
    }
    tables.evaluations = index
    tell(of: evaluation, "EvaluationUpdated", index)
  }

  /// Forgets a job with all that was made of it.
  mutating func forget(_ key: JobKey) {
    for id in allocationsByJob.removeValue(forKey: key) ?? [] { allocations[id] = nil }
    for id in evaluationsByJob.removeValue(forKey: key) ?? [] { evaluations[id] = nil }
    jobs[key] = nil
    versions[key] = nil
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
