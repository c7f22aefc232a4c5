import Glibc
import HTTP
import Platform
import Synchronization

/// The cluster's state together with what runs of it: every placed allocation is a task here, which is cancelled
/// to kill it.
final class Cluster: Sendable {
  private struct Supervision {
    var isStopping = false
    var running: [String: Task<Void, Never>] = [:]
    var images: [String: FakeNomadOptions.ImageOutcome]
  }

  let options: FakeNomadOptions
  let node: Node
  let state: Watched<ClusterState>
  let logs: TaskLogs
  /// Where allocations have their folders.
  private let folder: String
  private let supervision: Mutex<Supervision>

  init(_ options: FakeNomadOptions, folder: String) {
    self.options = options
    self.folder = folder
    node = Node(name: options.nodeName, datacenter: options.datacenter, drivers: options.drivers)
    state = Watched(
      ClusterState(node: node, honoursIdempotencyToken: options.honoursIdempotencyToken))
    logs = TaskLogs(maximumBytes: options.maximumLogBytes)
    supervision = Mutex(Supervision(images: options.images))
  }

  /// Changes the state and starts what was placed by that.
  func change<T: Sendable>(
    _ body: (inout ClusterState) throws(NomadError) -> T
  ) throws(NomadError) -> T {
    let (result, placed) = try state.withLock { (state) throws(NomadError) -> (T, [Allocation]) in
      let result = try body(&state)
      let placed = state.unstarted.compactMap { state.allocations[$0] }
      state.unstarted = []
      return (result, placed)
    }
    for allocation in placed { start(allocation) }
    return result
  }

  /// Ends an allocation's tasks: signal, kill timeout, SIGKILL.
  func kill(_ allocationID: String) {
    supervision.withLock { $0.running[allocationID] }?.cancel()
  }

  var isStopping: Bool { supervision.withLock(\.isStopping) }

  func imageOutcome(of image: String) -> FakeNomadOptions.ImageOutcome? {
    supervision.withLock { $0.images[image] }
  }

  func setImageOutcome(_ outcome: FakeNomadOptions.ImageOutcome, of image: String) {
    supervision.withLock { $0.images[image] = outcome }
  }

  /// Kills everything at once and waits until it is gone.
  func endAll() async {
    let running = supervision.withLock { supervision in
      supervision.isStopping = true
      return Array(supervision.running.values)
    }
    for task in running { task.cancel() }
    for task in running { await task.value }
  }

  /// Ends everything and forgets it; the node and its settings stay.
  func reset() async {
    await endAll()
    state.withLock {
      $0 = ClusterState(node: node, honoursIdempotencyToken: options.honoursIdempotencyToken)
    }
    logs.removeAll()
    supervision.withLock {
      $0.isStopping = false
      $0.images = options.images
    }
  }

  private func start(_ allocation: Allocation) {
    supervision.withLock { supervision in
      guard !supervision.isStopping else { return }
      supervision.running[allocation.id] = Task {
        await run(allocation)
        forget(allocation.id)
      }
    }
  }

  private func forget(_ id: String) {
    supervision.withLock { supervision in _ = supervision.running.removeValue(forKey: id) }
  }

  @concurrent
  private func run(_ allocation: Allocation) async {
    let folder = "\(folder)/\(allocation.id)"
    let tasks = allocation.group["Tasks"]?.array ?? []
    let names = tasks.map { $0["Name"]?.string ?? "" }
    try? await BlockingExecutor.files.run {
      let nested = names.flatMap { ["/\($0)", "/\($0)/local", "/\($0)/secrets"] }
      for path in ["", "/alloc"] + nested { mkdir(folder + path, 0o700) }
    }
    await withTaskGroup { group in
      for task in tasks {
        let runner = TaskRunner(cluster: self, allocation: allocation, task: task, folder: folder)
        group.addTask { await runner.run() }
      }
    }
  }
}
