import Platform
import Synchronization

/// Connections that read, as many as there are threads that use them.
final class ReaderPool: Sendable {
  private struct State {
    var idle: [SQLiteConnection]
    var isClosed = false
  }

  private let executor: BlockingExecutor
  private let state: Mutex<State>

  private init(executor: BlockingExecutor, connections: [SQLiteConnection]) {
    self.executor = executor
    self.state = Mutex(State(idle: connections))
  }

  deinit {
    executor.shutdown()
  }

  static func open(path: String, count: Int) async throws -> ReaderPool {
    let executor = BlockingExecutor(name: "database.read", threads: count)
    do {
      let connections = try await executor.run {
        try (0..<count).map { _ in try SQLiteConnection(path: path, mode: .reader) }
      }
      return ReaderPool(executor: executor, connections: connections)
    } catch {
      executor.shutdown()
      throw error
    }
  }

  func read<T: Sendable>(
    _ body: @escaping @Sendable (borrowing DatabaseConnection) throws -> T
  ) async throws -> T {
    let result: Result<T, any Error>
    do {
      result = try await executor.run { Result { try self.readNow(body) } }
    } catch {
      throw DatabaseError(.closed, "the database is closed")
    }
    return try result.get()
  }

  /// Closes the connections that are idle; a read under way closes its own when it ends.
  func close() {
    let idle = state.withLock { state in
      state.isClosed = true
      let idle = state.idle
      state.idle = []
      return idle
    }
    executor.submit { _ = idle }
    executor.shutdown()
  }

  private func readNow<T>(_ body: (borrowing DatabaseConnection) throws -> T) throws -> T {
    // There are as many connections as threads, so one is idle unless the pool is closed.
    guard let connection = state.withLock({ $0.idle.popLast() }) else {
      throw DatabaseError(.closed, "the database is closed")
    }
    defer {
      state.withLock { state in
        if !state.isClosed { state.idle.append(connection) }
      }
    }
    // One transaction, so that all statements of the read see the same snapshot.
    try connection.run("BEGIN")
    defer { try? connection.run("ROLLBACK") }
    return try body(DatabaseConnection(connection))
  }
}
