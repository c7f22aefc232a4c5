import Synchronization
package import Testing

/// Has few of the tests that are marked with it run at the same time, in the whole process.
///
/// Swift Testing starts every test at once. Those that start processes and servers then wait for each other on a small
/// machine, so long that deadlines pass which are generous for one alone. Mark suites of such tests `.fewAtOnce`.
package struct FewAtOnce: SuiteTrait, TestTrait, TestScoping {
  private static let maximumAtOnce = 4
  private static let gate = Gate(width: maximumAtOnce)

  package var isRecursive: Bool { true }

  @concurrent
  package func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    await Self.gate.enter()
    defer { Self.gate.leave() }
    try await function()
  }
}

extension Trait where Self == FewAtOnce {
  package static var fewAtOnce: FewAtOnce { FewAtOnce() }
}

/// Lets in as many as it is wide; the others wait in the order in which they came.
private final class Gate: Sendable {
  private struct State {
    var free: Int
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  init(width: Int) {
    state = Mutex(State(free: width))
  }

  func enter() async {
    await withCheckedContinuation { continuation in
      let isIn = state.withLock { state in
        if state.free > 0 {
          state.free -= 1
          return true
        }
        state.waiting.append(continuation)
        return false
      }
      if isIn { continuation.resume() }
    }
  }

  func leave() {
    let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
      if state.waiting.isEmpty {
        state.free += 1
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.resume()
  }
}
