/// What a runner says about a worker that it was asked to start. Reasons are for the person who looks at the run.
package enum RunnerJobState: Sendable, Hashable {
  /// Not started yet; why, where the runner knows (no machine is free, the image is being fetched).
  case pending(reason: String?)
  case running
  /// The worker ended by itself with exit code 0.
  case finished
  /// The worker could not be started, was killed by its machine, or ended with another exit code.
  case failed(reason: String)
  /// The machine is gone, and the worker with it.
  case lost(reason: String)
  /// The runner does not know the handle (any more).
  case gone

  /// Whether nothing more will happen.
  package var isTerminal: Bool {
    switch self {
    case .pending, .running: false
    case .finished, .failed, .lost, .gone: true
    }
  }
}
