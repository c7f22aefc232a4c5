import Database
import Glibc
import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct WriteTests {
  @Test func `a read sees the writes that were answered before`() async throws {
    try await withDatabase { database, _ in
      try await database.add("one")
      #expect(try await database.texts() == ["one"])
    }
  }

  @Test func `a write that throws leaves nothing behind`() async throws {
    try await withDatabase { database, _ in
      await #expect(throws: Refusal.self) {
        try await database.write { db in
          try db.execute("INSERT INTO notes (text) VALUES ('lost')")
          throw Refusal()
        }
      }
      try await database.add("kept")
      #expect(try await database.texts() == ["kept"])
    }
  }

  @Test func `writes that wait together are one commit`() async throws {
    try await withDatabase { database, _ in
      let before = database.commitCount
      try await database.whileWriterIsHeld(until: 100) { database in
        await withTaskGroup(of: Void.self) { group in
          for number in 0..<100 {
            group.addTask { try? await database.add("note \(number)") }
          }
        }
      }
      // One for the write that held the others up, one for all of them.
      #expect(database.commitCount - before == 2)
      #expect(try await database.texts().count == 100)
    }
  }

  @Test func `in a group only the write that throws is undone`() async throws {
    try await withDatabase { database, _ in
      let failures = Watched(0)
      try await database.whileWriterIsHeld(until: 10) { database in
        await withTaskGroup(of: Void.self) { group in
          for number in 0..<10 {
            group.addTask {
              // Five different texts, so that each second write violates the unique column.
              do { try await database.add("note \(number / 2)") } catch { failures.withLock { $0 += 1 } }
            }
          }
        }
      }
      #expect(failures.withLock { $0 } == 5)
      #expect(try await database.texts().count == 5)
    }
  }

  @Test func `when a commit fails, all writes of its group fail`() async throws {
    let links = Migration(
      number: 2, name: "links",
      sql: """
        CREATE TABLE links (
          note INTEGER NOT NULL REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED
        ) STRICT
        """)
    try await withDatabase(migrations: [notes, links]) { database, _ in
      let codes = Watched<[DatabaseError.Code]>([])
      try? await database.whileWriterIsHeld(until: 2) { database in
        await withTaskGroup(of: Void.self) { group in
          for sql in ["INSERT INTO notes (text) VALUES ('a')", "INSERT INTO links (note) VALUES (99)"] {
            group.addTask {
              do {
                _ = try await database.write { db in try db.execute(sql) }
              } catch {
                codes.withLock { $0 += [(error as? DatabaseError)?.code ?? .misuse] }
              }
            }
          }
        }
      }
      #expect(codes.withLock { $0 } == [.constraint, .constraint])
      try await database.add("after")
      #expect(try await database.texts() == ["after"])
    }
  }

  @Test func `a write that loses the whole transaction fails those before it only`() async throws {
    try await withDatabase { database, _ in
      try await database.add("taken")
      let order = Watched<[String: Bool]>([:])
      try await database.whileWriterIsHeld(until: 3) { database in
        let statements = [
          ("before", "INSERT INTO notes (text) VALUES ('before')"),
          ("culprit", "INSERT OR ROLLBACK INTO notes (text) VALUES ('taken')"),
          ("after", "INSERT INTO notes (text) VALUES ('after')"),
        ]
        await withTaskGroup(of: Void.self) { group in
          for (index, (name, sql)) in statements.enumerated() {
            // The order of the queue is what this is about, so each one comes when those before it wait. The
            // writer is held until all three do.
            try? await database.waitForWaitingWrites(index)
            group.addTask {
              let result: Int? = try? await database.write { db in try db.execute(sql) }
              order.withLock { $0[name] = result != nil }
            }
          }
        }
      }
      #expect(order.withLock { $0 } == ["before": false, "culprit": false, "after": true])
      #expect(try await database.texts() == ["taken", "after"])
    }
  }

  @Test func `a read does not wait for a write under way`() async throws {
    try await withDatabase { database, _ in
      try await database.add("one")
      let inside = Semaphore()
      let gate = Semaphore()
      async let slow: Void = database.write { db in
        try db.execute("INSERT INTO notes (text) VALUES ('two')")
        inside.signal()
        gate.wait()
      }
      try await BlockingExecutor.files.run { inside.wait() }
      #expect(try await database.texts() == ["one"])
      gate.signal()
      try await slow
      #expect(try await database.texts() == ["one", "two"])
    }
  }

  @Test func `a nested part can be undone alone`() async throws {
    try await withDatabase { database, _ in
      try await database.write { db in
        try db.execute("INSERT INTO notes (text) VALUES ('outer')")
        try? db.savepoint { db in
          try db.execute("INSERT INTO notes (text) VALUES ('inner')")
          throw Refusal()
        }
      }
      #expect(try await database.texts() == ["outer"])
    }
  }

  @Test func `reading connections cannot write`() async throws {
    try await withDatabase { database, _ in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.read { db in try db.execute("INSERT INTO notes (text) VALUES ('x')") }
      }
      #expect(error?.code == .readOnly)
    }
  }

  @Test func `a closed database says so`() async throws {
    try await withDatabase { database, _ in
      await database.close()
      let write = await #expect(throws: DatabaseError.self) { try await database.add("x") }
      let read = await #expect(throws: DatabaseError.self) { _ = try await database.texts() }
      #expect([write?.code, read?.code] == [.closed, .closed])
    }
  }

  @Test func `what was answered is there after a kill`() async throws {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/test.db"
      await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
        let database = try await Database.open(path: path, migrations: [notes])
        for number in 0..<20 { try await database.add("answered \(number)") }
        // The last write is killed in the middle of its transaction.
        try await database.write { db in
          try db.execute("INSERT INTO notes (text) VALUES ('not answered')")
          kill(getpid(), SIGKILL)
        }
      }
      let database = try await Database.open(path: path, migrations: [notes])
      #expect(try await database.texts() == (0..<20).map { "answered \($0)" })
      await database.close()
    }
  }
}
