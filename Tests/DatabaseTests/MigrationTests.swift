import Database
import Glibc
import Platform
import Testing

private let colors = Migration(number: 2, name: "colors", sql: "ALTER TABLE notes ADD COLUMN color TEXT")
private let late = Migration(number: 100, name: "late", sql: "CREATE TABLE late (id INTEGER) STRICT")

@Suite(.timeLimit(.minutes(1))) struct MigrationTests {
  private func open(_ path: String, _ migrations: [Migration]) async throws {
    try await Database.open(path: path, migrations: migrations).close()
  }

  @Test func `migrations are applied once, in the order of their numbers`() async throws {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/test.db"
      try await open(path, [late, colors, notes])
      let database = try await Database.open(path: path, migrations: [late, notes, colors])
      let names = try await database.read { db in
        try db.rows("SELECT name FROM schema_migrations ORDER BY rowid") { try $0["name"] as String }
      }
      await database.close()
      #expect(names == ["notes", "colors", "late"])
    }
  }

  @Test func `a migration may come below a number that is applied`() async throws {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/test.db"
      try await open(path, [notes, late])
      let database = try await Database.open(path: path, migrations: [notes, colors, late])
      _ = try await database.read { db in try db.execute("SELECT color FROM notes") }
      await database.close()
    }
  }

  @Test func `a database of a newer program is refused, and left as it is`() async throws {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/test.db"
      try await open(path, [notes, colors])
      let error = await #expect(throws: DatabaseError.self) { try await open(path, [notes, late]) }
      #expect(error?.code == .newerSchema)
      #expect(error?.message.contains("it has colors") == true)
      try await open(path, [notes, colors])
      #expect(access("\(path).bak-2", F_OK) != 0)
    }
  }

  @Test func `a database with rows is copied before it is migrated`() async throws {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/test.db"
      let database = try await Database.open(path: path, migrations: [notes])
      try await database.add("old")
      await database.close()
      #expect(access("\(path).bak-1", F_OK) != 0)

      try await open(path, [notes, colors])
      let copy = try await Database.open(path: "\(path).bak-1", migrations: [notes])
      #expect(try await copy.texts() == ["old"])
      await copy.close()
    }
  }

  @Test func `a copy that was left over is replaced`() async throws {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/test.db"
      try await open(path, [notes])
      for left in ["\(path).bak-1", "\(path).bak-1.partial"] {
        let file = try Descriptor.open(left, flags: O_WRONLY | O_CREAT)
        try [UInt8]("half a copy".utf8).withUnsafeBytes { try file.writeAll($0) }
      }
      try await open(path, [notes, colors])
      try await open("\(path).bak-1", [notes])
      #expect(access("\(path).bak-1.partial", F_OK) != 0)
    }
  }

  @Test func `a migration that fails is undone as a whole`() async throws {
    let bad = Migration(number: 2, name: "bad", sql: "CREATE TABLE half (id INTEGER); CREATE TABEL rest")
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/test.db"
      let error = await #expect(throws: DatabaseError.self) { try await open(path, [notes, bad]) }
      #expect(error?.message == "migration 2 'bad' failed and was undone")
      let database = try await Database.open(path: path, migrations: [notes])
      let tables = try await database.read { db in
        try db.rows("SELECT name FROM sqlite_schema WHERE name = 'half'") { try $0["name"] as String }
      }
      await database.close()
      #expect(tables.isEmpty)
    }
  }

  @Test func `a table that others refer to can be rebuilt`() async throws {
    let links = Migration(
      number: 2, name: "links",
      sql: "CREATE TABLE links (note INTEGER REFERENCES notes (id) ON DELETE CASCADE) STRICT")
    let rebuild = Migration(
      number: 3, name: "rebuild",
      sql: """
        CREATE TABLE new_notes (id INTEGER PRIMARY KEY, text TEXT) STRICT;
        INSERT INTO new_notes SELECT id, text FROM notes;
        DROP TABLE notes;
        ALTER TABLE new_notes RENAME TO notes;
        """)
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/test.db"
      let before = try await Database.open(path: path, migrations: [notes, links])
      try await before.add("one")
      _ = try await before.write { db in try db.execute("INSERT INTO links SELECT id FROM notes") }
      await before.close()

      let after = try await Database.open(path: path, migrations: [notes, links, rebuild])
      let count = try await after.read { db in
        try db.first("SELECT count(*) AS n FROM links") { try $0["n"] as Int }
      }
      let error = await #expect(throws: DatabaseError.self) {
        try await after.write { db in try db.execute("INSERT INTO links VALUES (77)") }
      }
      await after.close()
      #expect(count == 1)
      #expect(error?.code == .constraint)
    }
  }

  @Test func `two migrations may not share a number or a name`() async throws {
    let twin = Migration(number: 1, name: "twin", sql: "SELECT 1")
    let namesake = Migration(number: 2, name: "notes", sql: "SELECT 1")
    try await withTemporaryDirectory { folder in
      for other in [twin, namesake] {
        let error = await #expect(throws: DatabaseError.self) {
          try await open("\(folder)/test.db", [notes, other])
        }
        #expect(error?.code == .misuse)
      }
    }
  }

  @Test func `a file that is no database is refused and not changed`() async throws {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/test.db"
      let text = [UInt8](String(repeating: "no database at all\n", count: 100).utf8)
      do {
        let file = try Descriptor.open(path, flags: O_WRONLY | O_CREAT)
        try text.withUnsafeBytes { try file.writeAll($0) }
      }
      let error = await #expect(throws: DatabaseError.self) { try await open(path, [notes]) }
      #expect(error?.code == .corrupt)
      #expect(try await ByteStream.file(path).collect(upTo: 10_000) == text)
    }
  }

  @Test func `only its owner may read the database and its copies`() async throws {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/test.db"
      try await open(path, [notes])
      try await open(path, [notes, colors])
      for file in [path, "\(path).bak-1"] {
        var status = stat()
        #expect(stat(file, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
      }
    }
  }

  @Test func `a folder that is not there is an error`() async throws {
    let error = await #expect(throws: DatabaseError.self) { try await open("/dev/null/x.db", [notes]) }
    #expect(error?.code == .cannotOpen)
  }
}
