import Database
import Platform

/// A small schema for tests.
let notes = Migration(
  number: 1, name: "notes",
  sql: "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT")

/// Opens a database in a folder of its own, which goes with the end of `body`.
func withDatabase<T>(
  migrations: [Migration] = [notes], _ body: (_ database: Database, _ path: String) async throws -> T
) async throws -> T {
  try await withTemporaryDirectory { folder in
    let path = "\(folder)/test.db"
    let database = try await Database.open(path: path, migrations: migrations)
    let result: T
    do {
      result = try await body(database, path)
    } catch {
      await database.close()
      throw error
    }
    await database.close()
    return result
  }
}

extension Database {
  func add(_ text: String) async throws {
    _ = try await write { db in try db.execute("INSERT INTO notes (text) VALUES (?)", [text]) }
  }

  func texts() async throws -> [String] {
    try await read { db in
      try db.rows("SELECT text FROM notes ORDER BY id") { try $0["text"] as String }
    }
  }

  /// Holds the writer until `count` writes of `work` wait behind it, then lets it go on.
  func whileWriterIsHeld(
    until count: Int, _ work: @escaping @Sendable (Database) async -> Void
  ) async throws {
    let gate = Semaphore()
    let held = Semaphore()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await self.write { _ in
          held.signal()
          gate.wait()
        }
      }
      // Also when the wait is given up: the writer must not be held for ever.
      defer { gate.signal() }
      try await BlockingExecutor.files.run { held.wait() }
      group.addTask { await work(self) }
      try await waitForWaitingWrites(count)
      gate.signal()
      try await group.waitForAll()
    }
  }

  /// Comes back when that many writes wait, which is looked at again and again: nothing tells it. It may only be used
  /// while the writer is held, since the number falls after that.
  func waitForWaitingWrites(_ count: Int) async throws {
    while waitingWriteCount < count {
      try Task.checkCancellation()
      await Task.yield()
    }
  }
}

struct Refusal: Error {}
