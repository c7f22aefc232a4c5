import Platform
import Synchronization

/// The one thread that writes: it takes all writes that wait, and commits them as one transaction.
///
/// A commit waits for the disk; the writes that arrive meanwhile make the next group. So the number of
/// commits is bounded by the disk and the number of writes is not.
final class Writer: Sendable {
  /// How many writes one transaction takes; the rest waits for the next.
  static let maximumWritesPerCommit = 1_024
  /// How many writes may wait. Each is a task that is suspended, so this is far from what is normal.
  static let maximumWaitingWrites = 65_536

  private let executor: BlockingExecutor
  private let waiting = Mutex<[any PendingWrite]>([])
  /// Used by the executor's thread only; `nil` after `close`.
  private let connection: Mutex<SQLiteConnection?>

  init(connection: SQLiteConnection, executor: BlockingExecutor) {
    self.connection = Mutex(connection)
    self.executor = executor
  }

  deinit {
    executor.shutdown()
  }

  var commitCount: Int { connection.withLock { $0?.commitCount ?? 0 } }

  var waitingCount: Int { waiting.withLock { $0.count } }

  func write<T: Sendable>(
    _ body: @escaping @Sendable (borrowing DatabaseConnection) throws -> T
  ) async throws -> T {
    let write = Write(body)
    try waiting.withLock { waiting in
      guard waiting.count < Self.maximumWaitingWrites else {
        throw DatabaseError(.busy, "\(waiting.count) writes wait already")
      }
      waiting.append(write)
    }
    // There is a turn for each write, and a turn takes one write at least, the oldest first: so after its
    // own turn at the latest, a write is done. A turn whose write went with an earlier group finds nothing.
    do {
      try await executor.run { self.commitNextGroup() }
    } catch {
      throw DatabaseError(.closed, "the database is closed")
    }
    return try write.outcome()
  }

  func close() async {
    // Behind the writes that wait; an executor that is shut down already has closed before.
    try? await executor.run { self.connection.withLock { $0 = nil } }
    executor.shutdown()
  }

  private func commitNextGroup() {
    var group = waiting.withLock { waiting in
      let group = waiting.prefix(Self.maximumWritesPerCommit)
      waiting.removeFirst(group.count)
      return group
    }
    guard let connection = connection.withLock({ $0 }) else {
      let error = DatabaseError(.closed, "the database is closed")
      for write in group { write.fail(error) }
      return
    }
    while !group.isEmpty {
      group = commit(group, on: connection)
    }
  }

  /// Commits the writes together and gives back those that have not been tried, which is none but when
  /// SQLite took back the whole transaction on its own (a full disk, an input error).
  private func commit(
    _ group: ArraySlice<any PendingWrite>, on connection: SQLiteConnection
  ) -> ArraySlice<any PendingWrite> {
    do {
      try connection.run("BEGIN IMMEDIATE")
    } catch {
      for write in group { write.fail(error) }
      return []
    }
    for index in group.indices {
      let failure = group[index].run(on: connection)
      if let failure, connection.isAutocommit {
        let lost = DatabaseError(
          (failure as? DatabaseError)?.code ?? .misuse,
          "another write made the database take back the transaction that this one was in", cause: failure)
        for write in group[...index] { write.fail(lost) }
        return group[(index + 1)...]
      }
    }
    do {
      try connection.run("COMMIT")
    } catch {
      // After some errors the transaction is still open, after others it is gone.
      if !connection.isAutocommit { try? connection.run("ROLLBACK") }
      for write in group { write.fail(error) }
    }
    return []
  }
}

/// A write of whatever result.
private protocol PendingWrite: AnyObject, Sendable {
  /// Runs the write in a savepoint and gives back what it threw.
  func run(on connection: SQLiteConnection) -> (any Error)?
  /// Turns a success into a failure, because the commit did not come about; an own failure stays.
  func fail(_ error: any Error)
}

private final class Write<T: Sendable>: PendingWrite {
  private let body: @Sendable (borrowing DatabaseConnection) throws -> T
  private let result = Mutex<Result<T, any Error>?>(nil)

  init(_ body: @escaping @Sendable (borrowing DatabaseConnection) throws -> T) {
    self.body = body
  }

  func run(on connection: SQLiteConnection) -> (any Error)? {
    let result = Result { try DatabaseConnection(connection).savepoint(body) }
    self.result.withLock { $0 = result }
    guard case .failure(let error) = result else { return nil }
    return error
  }

  func fail(_ error: any Error) {
    result.withLock { result in
      if case .failure = result { return }
      result = .failure(error)
    }
  }

  func outcome() throws -> T {
    guard let result = result.withLock({ $0 }) else {
      throw DatabaseError(.closed, "the database was closed before the write")
    }
    return try result.get()
  }
}
