import Glibc
import Platform

/// A SQLite database with one writer and readers that do not wait for it.
///
/// It runs on threads of its own. A write is answered after its commit is on the disk; a read sees one
/// snapshot, which holds every write that was answered before the read was asked for.
package final class Database: Sendable {
  private let writer: Writer
  private let readers: ReaderPool

  private init(writer: Writer, readers: ReaderPool) {
    self.writer = writer
    self.readers = readers
  }

  /// Opens the file, makes it where there is none, and applies the migrations that it lacks.
  ///
  /// A database that has rows of ours is copied to `<path>.bak-<version>` before the first of them; its
  /// version is the number of migrations that it has. One with migrations that are not in `migrations` is
  /// refused (`newerSchema`).
  ///
  /// - Parameter readerCount: how many reads run at the same time.
  package static func open(
    path: String, migrations: [Migration], readerCount: Int = 2
  ) async throws -> Database {
    let executor = BlockingExecutor(name: "database.write")
    do {
      let connection = try await executor.run {
        try createPrivateFile(path)
        let connection = try SQLiteConnection(path: path, mode: .writer)
        try MigrationRun(connection: connection, path: path).apply(migrations)
        return connection
      }
      let readers = try await ReaderPool.open(path: path, count: max(1, readerCount))
      return Database(writer: Writer(connection: connection, executor: executor), readers: readers)
    } catch {
      executor.shutdown()
      throw error
    }
  }

  /// Runs `body` as one write and gives back what it gave once that is durable.
  ///
  /// What `body` did is undone when it throws; other writes are not touched by that. Writes that wait
  /// together are committed together: when that commit fails, each of them fails. `body` runs on the
  /// writer's thread and must not wait for anything. A write that has been asked for is carried out
  /// even when the task that waits for it is cancelled.
  package func write<T: Sendable>(
    _ body: @escaping @Sendable (borrowing DatabaseConnection) throws -> T
  ) async throws -> T {
    try await writer.write(body)
  }

  /// Runs `body` on one snapshot of the database. Writing in it is an error.
  package func read<T: Sendable>(
    _ body: @escaping @Sendable (borrowing DatabaseConnection) throws -> T
  ) async throws -> T {
    try await readers.read(body)
  }

  /// How many transactions were committed since the database was opened.
  package var commitCount: Int { writer.commitCount }

  /// How many writes wait for their turn; those of the transaction under way are not counted.
  package var waitingWriteCount: Int { writer.waitingCount }

  /// Carries out the writes that wait, then closes. Reads and writes after that fail with `closed`.
  package func close() async {
    readers.close()
    await writer.close()
  }

  /// SQLite gives its log files the mode of the database, which only its owner should read.
  private static func createPrivateFile(_ path: String) throws {
    guard path != ":memory:", !path.isEmpty else {
      throw DatabaseError(.misuse, "a database needs a file, not '\(path)'")
    }
    do {
      _ = try Descriptor.open(path, flags: O_RDWR | O_CREAT, mode: 0o600)
    } catch {
      throw DatabaseError(.cannotOpen, "cannot open the database", cause: error)
    }
  }
}
