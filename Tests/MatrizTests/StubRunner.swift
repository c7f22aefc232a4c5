import Platform
import Runner
import Synchronization

/// Answers as the test says, and remembers what it was asked for.
final class StubRunner: Runner {
  struct State {
    var jobs: [RunnerJob] = []
    /// What each worker's state is, one answer after the other; the last one stays.
    var states: [RunnerJobState] = [.running]
    var dispatchError: RunnerError?
    /// The handle of what was dispatched already.
    var dispatched: String?
    var cancelled: [String] = []
  }

  let state = Mutex(State())

  func prepare() async throws(RunnerError) {}

  func dispatch(_ request: DispatchRequest) async throws(RunnerError) -> String {
    if let error = state.withLock({ $0.dispatchError }) { throw error }
    return "handle"
  }

  func findDispatch(runID: String, jobID: String, attempt: Int) async throws(RunnerError) -> String? {
    state.withLock { $0.dispatched }
  }

  func cancel(_ handle: String) async throws(RunnerError) {
    state.withLock { $0.cancelled.append(handle) }
  }

  func state(_ handle: String) async throws(RunnerError) -> RunnerJobState {
    state.withLock { $0.states.count > 1 ? $0.states.removeFirst() : $0.states.first ?? .gone }
  }

  func list() async throws(RunnerError) -> [RunnerJob] { state.withLock { $0.jobs } }

  func shutdown() async {}
}
