import Synchronization

/// Where an answer's task waits until its connection's loop has done something, or is gone for good.
///
/// The wait does not depend on the loop still running: once the gate is closed nobody waits at it.
final class AnswerGate: Sendable {
  private struct State {
    var waiter: CheckedContinuation<Bool, Never>?
    var isClosed = false
  }

  private let state = Mutex(State())

  /// Waits, calls `ask`, and answers what `open` then says, or `false` when the gate is or gets closed.
  func pass(_ ask: () -> Void) async -> Bool {
    await withCheckedContinuation { continuation in
      let isClosed = state.withLock { state in
        if !state.isClosed { state.waiter = continuation }
        return state.isClosed
      }
      if isClosed { continuation.resume(returning: false) } else { ask() }
    }
  }

  /// Lets the task go on, when it waits.
  func open(_ answer: Bool) {
    take()?.resume(returning: answer)
  }

  func close() {
    state.withLock { $0.isClosed = true }
    open(false)
  }

  private func take() -> CheckedContinuation<Bool, Never>? {
    state.withLock { state in
      defer { state.waiter = nil }
      return state.waiter
    }
  }
}
