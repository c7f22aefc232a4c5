import Glibc
import Synchronization

/// Threads of its own for calls that block: files, waiting for locks, C libraries.
///
/// Work is done in the order it came; with one thread, strictly one after the other. The threads live as
/// long as the process or until `shutdown`; work that was handed over before is still done.
package final class BlockingExecutor: Sendable {
  /// For short file work anywhere in the process.
  package static let files = BlockingExecutor(name: "files", threads: 4)

  private struct State {
    /// What came last, in order; and what is taken next, in reverse order.
    var arriving: [@Sendable () -> Void] = []
    var leaving: [@Sendable () -> Void] = []
    var isShutDown = false

    mutating func takeNext() -> (@Sendable () -> Void)? {
      if leaving.isEmpty {
        leaving = arriving.reversed()
        arriving.removeAll(keepingCapacity: true)
      }
      return leaving.popLast()
    }
  }

  private let state = Mutex(State())
  private let available = Semaphore()
  private let threadCount: Int

  package init(name: String, threads: Int = 1) {
    self.threadCount = max(1, threads)
    for _ in 0..<threadCount {
      Thread.start(name: name) { [self] in serve() }
    }
  }

  /// Runs `body` on one of the threads and gives back what it gave.
  package func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      let accepted = submit { continuation.resume(with: Result { try body() }) }
      if !accepted {
        continuation.resume(throwing: SystemError(code: ESHUTDOWN, operation: "run on an executor"))
      }
    }
  }

  /// Hands work over without waiting for it; `false` after `shutdown`.
  @discardableResult
  package func submit(_ body: @escaping @Sendable () -> Void) -> Bool {
    let accepted = state.withLock { state in
      if state.isShutDown { return false }
      state.arriving.append(body)
      return true
    }
    if accepted { available.signal() }
    return accepted
  }

  /// Takes no more work; the threads end when what was handed over is done.
  package func shutdown() {
    let isFirst = state.withLock { state in
      defer { state.isShutDown = true }
      return !state.isShutDown
    }
    if isFirst {
      for _ in 0..<threadCount { available.signal() }
    }
  }

  private func serve() {
    while true {
      available.wait()
      let work = state.withLock { state in state.takeNext() }
      guard let work else { return }
      work()
    }
  }
}
