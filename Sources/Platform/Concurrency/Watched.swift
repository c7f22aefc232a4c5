import Glibc
import Synchronization

/// A value behind a lock whose changes others can wait for.
///
/// Every `withLock` ends with a look by those who wait; so nothing is polled, and a waiter sees each state that a
/// `withLock` left behind.
package final class Watched<State: Sendable>: Sendable {
  /// Looks at a state, or learns by `nil` that the wait is over; gives what to call once the lock is released.
  private typealias Watcher = @Sendable (State?) -> (@Sendable () -> Void)?

  private struct Storage {
    var state: State
    var nextID: UInt64 = 0
    var watchers: [UInt64: Watcher] = [:]
    /// Waits that were cancelled before their watcher was there.
    var abandoned: Set<UInt64> = []
  }

  private let storage: Mutex<Storage>

  package init(_ state: State) {
    storage = Mutex(Storage(state: state))
  }

  /// Changes or reads the state, then wakes those whose condition holds now.
  package func withLock<T: Sendable, E: Error>(
    _ body: (inout State) throws(E) -> T
  ) throws(E) -> T {
    var resumptions: [@Sendable () -> Void] = []
    let result = storage.withLock { storage -> Result<T, E> in
      let result: Result<T, E>
      do throws(E) { result = .success(try body(&storage.state)) } catch { result = .failure(error) }
      for (id, look) in storage.watchers {
        guard let resume = look(storage.state) else { continue }
        storage.watchers[id] = nil
        resumptions.append(resume)
      }
      return result
    }
    for resume in resumptions { resume() }
    return try result.get()
  }

  /// Waits until `find` answers a value, which it may do at once.
  ///
  /// - Throws: `CancellationError`.
  package func value<T: Sendable>(where find: @escaping @Sendable (State) -> T?) async throws -> T {
    let id = storage.withLock { storage -> UInt64 in
      storage.nextID += 1
      return storage.nextID
    }
    defer { forget(id) }
    return try await withTaskCancellationHandler {
      try await wait(id, find)
    } onCancel: {
      abandon(id)
    }
  }

  private func wait<T: Sendable>(
    _ id: UInt64, _ find: @escaping @Sendable (State) -> T?
  ) async throws -> T {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<T, any Error>) in
      register(id) { state in
        guard let state else { return { continuation.resume(throwing: CancellationError()) } }
        guard let value = find(state) else { return nil }
        return { continuation.resume(returning: value) }
      }
    }
  }

  private func register(_ id: UInt64, _ watcher: @escaping Watcher) {
    let resume = storage.withLock { storage -> (@Sendable () -> Void)? in
      if let resume = watcher(storage.state) { return resume }
      if storage.abandoned.contains(id) { return watcher(nil) }
      storage.watchers[id] = watcher
      return nil
    }
    resume?()
  }

  /// The cancellation may come before the watcher is there, while it waits, or after it was served.
  private func abandon(_ id: UInt64) {
    let resume = storage.withLock { storage -> (@Sendable () -> Void)? in
      guard let watcher = storage.watchers.removeValue(forKey: id) else {
        storage.abandoned.insert(id)
        return nil
      }
      return watcher(nil)
    }
    resume?()
  }

  private func forget(_ id: UInt64) {
    storage.withLock { storage in _ = storage.abandoned.remove(id) }
  }

  /// The same with a deadline.
  ///
  /// - Throws: `SystemError` with `ETIMEDOUT` and the given description when nothing was found in time.
  package func value<T: Sendable>(
    timeoutSeconds: Double, waitingFor description: String,
    where find: @escaping @Sendable (State) -> T?
  ) async throws -> T {
    try await withThrowingTaskGroup(of: T.self) { group in
      group.addTask { try await self.value(where: find) }
      group.addTask {
        try await Task.sleep(for: .seconds(timeoutSeconds))
        throw SystemError(code: ETIMEDOUT, operation: "wait for \(description)")
      }
      defer { group.cancelAll() }
      guard let value = try await group.next() else { throw CancellationError() }
      return value
    }
  }
}
