import Runner

/// What the runner made of one dispatch.
final class SimulatedAllocation {
  let handle: String
  let key: AttemptKey
  var state: RunnerJobState
  /// The processes that it started; more than one when something starts a worker a second time.
  var workers: [SimulatedWorker] = []

  init(handle: String, key: AttemptKey, state: RunnerJobState) {
    self.handle = handle
    self.key = key
    self.state = state
  }

  /// Something is there, or will come.
  var isOccupied: Bool { !state.isTerminal || workers.contains { $0.isAlive } }
}
