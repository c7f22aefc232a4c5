import Database
import Platform
import Testing

private enum Color: String, SQLBindable, SQLReadable {
  case red, green
}

@Suite(.timeLimit(.minutes(1))) struct StatementTests {
  @Test(arguments: [
    SQLValue.null, .integer(.min), .integer(.max), .real(0.5), .text(""), .text("é\0x"), .blob([]),
    .blob([0, 255]),
  ])
  func `a value comes back as it went in`(value: SQLValue) async throws {
    try await withDatabase { database, _ in
      let back = try await database.read { db in
        try db.first("SELECT ? AS v", [value]) { try $0["v"] as SQLValue }
      }
      #expect(back == value)
    }
  }

  @Test func `arguments are given by position or by name`() async throws {
    try await withDatabase { database, _ in
      let none: String? = nil
      let sums = try await database.read { db in
        [
          try db.first("SELECT ? - ? AS v", [5, 3]) { try $0["v"] as Int },
          try db.first("SELECT :a - :b AS v", ["b": 3, "a": 5]) { try $0["v"] as Int },
          try db.first("SELECT coalesce(?, 2) AS v", [none]) { try $0["v"] as Int },
        ]
      }
      #expect(sums == [2, 2, 2])
    }
  }

  @Test func `typed columns are read as their types`() async throws {
    try await withDatabase { database, _ in
      let time = Timestamp(milliseconds: 1_700_000_000_123)
      try await database.read { db in
        _ = try db.first("SELECT ? AS c, ? AS t, ? AS b, ? AS n", [Color.green, time, true, nil]) { row in
          let color: Color = try row["c"]
          let bool: Bool = try row["b"]
          let nothing: String? = try row["n"]
          #expect(color == .green)
          #expect(try row["t"] == time)
          #expect(bool)
          #expect(nothing == nil)
        }
      }
    }
  }

  @Test(arguments: [
    ("SELECT 'x' AS v", "column 'v' holds text, which is no Int"),
    ("SELECT NULL AS v", "column 'v' holds null, which is no Int"),
    ("SELECT 1 AS w", "no column 'v' among w"),
  ])
  func `a wrong reading names its column`(sql: String, message: String) async throws {
    try await withDatabase { database, _ in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.read { db in try db.first(sql) { try $0["v"] as Int } }
      }
      #expect(error?.message.hasPrefix(message) == true)
    }
  }

  @Test(arguments: [
    "SELEKT 1", "SELECT * FROM nowhere", "SELECT 1; SELECT 2", "", "SELECT ?", "SELECT :a",
    "SELECT 1 WHERE (",
  ])
  func `SQL of ours that is wrong is an error`(sql: String) async throws {
    try await withDatabase { database, _ in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.write { db in try db.execute(sql) }
      }
      #expect(error?.code == .misuse)
    }
  }

  @Test func `an unknown parameter name is an error`() async throws {
    try await withDatabase { database, _ in
      let error = await #expect(throws: DatabaseError.self) {
        try await database.read { db in try db.execute("SELECT :a", ["b": 1]) }
      }
      #expect(error?.message == "no parameter ':b' in: SELECT :a")
    }
  }

  @Test func `a unique violation is told from other constraints`() async throws {
    try await withDatabase { database, _ in
      try await database.add("once")
      let twice = await #expect(throws: DatabaseError.self) { try await database.add("once") }
      let null = await #expect(throws: DatabaseError.self) {
        try await database.write { db in try db.execute("INSERT INTO notes (text) VALUES (NULL)") }
      }
      #expect(twice?.code == .constraint)
      #expect(twice?.isUniqueViolation == true)
      #expect(null?.code == .constraint)
      #expect(null?.isUniqueViolation == false)
    }
  }

  @Test func `a statement can be used inside of itself`() async throws {
    try await withDatabase { database, _ in
      let pairs = try await database.read { db in
        var pairs: [String] = []
        let sql = "SELECT value AS v FROM json_each(?)"
        try db.forEach(sql, ["[1,2]"]) { outer in
          let left: Int = try outer["v"]
          try db.forEach(sql, ["[3,4]"]) { pairs.append("\(left)\(try $0["v"] as Int)") }
        }
        return pairs
      }
      #expect(pairs == ["13", "14", "23", "24"])
    }
  }

  @Test func `a statement holds no argument of its last use`() async throws {
    try await withDatabase { database, _ in
      try await database.read { db in
        for value in [1, nil, 2] as [Int?] {
          let back = try db.first("SELECT ? AS v", [value]) { try $0["v"] as Int? }
          #expect(back == .some(value))
        }
      }
    }
  }

  @Test func `execute tells how many rows it changed`() async throws {
    try await withDatabase { database, _ in
      for text in ["a", "b", "c"] { try await database.add(text) }
      let changed = try await database.write { db in
        try db.execute("UPDATE notes SET text = text || '!' WHERE text < ?", ["c"])
      }
      #expect(changed == 2)
    }
  }
}
