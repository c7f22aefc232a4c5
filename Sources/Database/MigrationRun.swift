import Glibc
import Platform

/// Brings one database to the schema that the program wants.
struct MigrationRun {
  let connection: SQLiteConnection
  /// The database's file, next to which the copy is made.
  let path: String

  func apply(_ migrations: [Migration]) throws {
    let ordered = try checked(migrations)
    let applied = try appliedNames()
    let known = Set(ordered.map(\.name))
    let foreign = applied.subtracting(known).sorted()
    guard foreign.isEmpty else {
      throw DatabaseError(
        .newerSchema,
        "the database \(path) was used by a newer version of this program (it has \(foreign.joined(separator: ", ")))"
      )
    }
    let missing = ordered.filter { !applied.contains($0.name) }
    if missing.isEmpty { return }
    if !applied.isEmpty { try makeCopy(version: applied.count) }
    // Rebuilding a table that others refer to needs the keys off, outside of any transaction.
    try connection.run(script: "PRAGMA foreign_keys = OFF")
    for migration in missing { try apply(migration) }
    try connection.run(script: "PRAGMA foreign_keys = ON")
  }

  private func checked(_ migrations: [Migration]) throws -> [Migration] {
    guard Set(migrations.map(\.number)).count == migrations.count,
      Set(migrations.map(\.name)).count == migrations.count
    else {
      throw DatabaseError(.misuse, "two migrations have one number or one name")
    }
    return migrations.sorted { $0.number < $1.number }
  }

  private func appliedNames() throws -> Set<String> {
    let database = DatabaseConnection(connection)
    let tables = try database.rows("SELECT name FROM sqlite_schema WHERE type = 'table'") { row in
      try row["name"] as String
    }
    if !tables.contains("schema_migrations") {
      guard tables.isEmpty else {
        throw DatabaseError(.misuse, "the database \(path) belongs to another program")
      }
      try database.execute(
        """
        CREATE TABLE schema_migrations (
          name TEXT NOT NULL PRIMARY KEY,
          number INTEGER NOT NULL,
          applied_at INTEGER NOT NULL
        ) STRICT
        """)
    }
    return Set(try database.rows("SELECT name FROM schema_migrations") { try $0["name"] as String })
  }

  private func apply(_ migration: Migration) throws {
    let database = DatabaseConnection(connection)
    do {
      try connection.run(script: "BEGIN IMMEDIATE")
      try connection.run(script: migration.sql)
      let broken = try database.first("PRAGMA foreign_key_check") { try $0["table"] as String }
      if let broken {
        throw DatabaseError(.constraint, "rows of table \(broken) refer to nothing")
      }
      try database.execute(
        "INSERT INTO schema_migrations (name, number, applied_at) VALUES (?, ?, ?)",
        [migration.name, migration.number, Timestamp.now()])
      try connection.run(script: "COMMIT")
    } catch {
      if !connection.isAutocommit { try? connection.run(script: "ROLLBACK") }
      let code = (error as? DatabaseError)?.code ?? .misuse
      throw DatabaseError(
        code, "migration \(migration.number) '\(migration.name)' failed and was undone", cause: error)
    }
  }

  /// Writes the copy under another name first: a copy that carries the final name is complete.
  private func makeCopy(version: Int) throws {
    let copy = "\(path).bak-\(version)"
    let partial = "\(copy).partial"
    do {
      _ = unlink(partial)
      // SQLite writes into an empty file that is there, which keeps its mode.
      let file = try Descriptor.open(partial, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
      try DatabaseConnection(connection).execute("VACUUM INTO ?", [partial])
      guard fsync(file.raw) == 0 else { throw SystemError.last("fsync \(partial)") }
      guard rename(partial, copy) == 0 else { throw SystemError.last("rename \(partial)") }
    } catch {
      _ = unlink(partial)
      throw DatabaseError(.cannotOpen, "cannot copy the database before its migration", cause: error)
    }
  }
}
