import Glibc
import HTTP
import Platform
import Synchronization

/// The cluster's state together with what runs of it: every placed allocation is a task here, which is cancelled
/// to kill it, and so is every evaluation that is due later.
final class Cluster: Sendable {
  private struct Supervision {
    var isStopping = false
    var running: [String: Task<Void, Never>] = [:]
    var images: [String: FakeNomadOptions.ImageOutcome]
  }

  let options: FakeNomadOptions
  let state: Watched<ClusterState>
  let logs: TaskLogs
  private let nodes: [Node]
  /// Where allocations have their folders.
  private let folder: String
  private let supervision: Mutex<Supervision>

  init(_ options: FakeNomadOptions, folder: String) {
    self.options = options
    self.folder = folder
    nodes = (0..<max(1, options.nodeCount)).map { Node(options, number: $0) }
    state = Watched(ClusterState(options, nodes: nodes))
    logs = TaskLogs(maximumBytes: options.maximumLogBytes)
    supervision = Mutex(Supervision(images: options.images))
  }

  /// Changes the state, then starts and ends what follows from that.
  func change<T: Sendable>(
    _ body: (inout ClusterState) throws(NomadError) -> T
  ) throws(NomadError) -> T {
    let (result, effects, placed) = try state.withLock {
      (state) throws(NomadError) -> (T, ClusterState.Effects, [Allocation]) in
      let result = try body(&state)
      let effects = state.effects
      state.effects = ClusterState.Effects()
      return (result, effects, effects.start.compactMap { state.allocations[$0] })
    }
    for allocation in placed {
      supervise(allocation.id) { await self.run(allocation) }
      // It may have been stopped before it could be found among what runs.
      if state.withLock({ $0.allocations[allocation.id]?.isTerminal != false }) { cancel(allocation.id) }
    }
    for id in effects.kill { cancel(id) }
    for (evaluation, nanoseconds) in effects.later {
      supervise(evaluation) {
        guard (try? await Task.sleep(for: .nanoseconds(nanoseconds))) != nil else { return }
        try? self.change { (state) throws(NomadError) in state.carryOutLater(evaluation) }
      }
    }
    return result
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

  /// Ends everything and forgets it; the nodes and their settings stay.
  func reset() async {
    await endAll()
    state.withLock { $0 = ClusterState(options, nodes: nodes) }
    logs.removeAll()
    supervision.withLock {
      $0.isStopping = false
      $0.images = options.images
    }
  }

  private func cancel(_ id: String) {
    supervision.withLock { $0.running[id] }?.cancel()
  }

  private func supervise(_ id: String, _ body: @escaping @Sendable () async -> Void) {
    supervision.withLock { supervision in
      guard !supervision.isStopping else { return }
      supervision.running[id] = Task {
        await body()
        self.supervision.withLock { supervision in _ = supervision.running.removeValue(forKey: id) }
      }
    }
  }

  private func hasFailed(_ task: String, in allocation: String) -> Bool {
    state.withLock { $0.allocations[allocation]?.tasks[task]?.failed == true }
  }

  @concurrent
  private func run(_ allocation: Allocation) async {
    let folder = "\(folder)/\(allocation.id)"
    let tasks = allocation.group["Tasks"]?.array ?? []
    let names = tasks.map { $0["Name"]?.string ?? "" }
    try? await BlockingExecutor.files.run {
      let nested = names.flatMap { ["/\($0)", "/\($0)/local", "/\($0)/secrets", "/\($0)/tmp"] }
      for path in ["", "/alloc", "/alloc/data", "/alloc/logs", "/alloc/tmp"] + nested {
        mkdir(folder + path, 0o700)
      }
    }
    await withTaskGroup { group in
      for task in tasks {
        let runner = TaskRunner(cluster: self, allocation: allocation, task: task, folder: folder)
        group.addTask {
          await runner.run()
          return (name: runner.name, isLeader: task["Leader"] == true)
        }
      }
      // A task that failed takes the others with it, and so does the end of the leader.
      for await ended in group where ended.isLeader || hasFailed(ended.name, in: allocation.id) {
        group.cancelAll()
      }
    }
  }
}
