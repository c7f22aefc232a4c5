/// The database as one read or write sees it. It lives inside the closure that is given it; a function
/// that is handed one takes `borrowing DatabaseConnection`.
///
/// Statements are prepared once and kept, so the SQL should be a constant and its values arguments.
package struct DatabaseConnection: ~Copyable {
  private let connection: SQLiteConnection

  init(_ connection: SQLiteConnection) {
    self.connection = connection
  }

  /// Runs one statement to its end and tells how many rows it inserted, updated or deleted.
  @discardableResult
  package borrowing func execute(_ sql: String, _ arguments: SQLArguments = []) throws -> Int {
    try connection.withStatement(sql, arguments) { statement in
      while try statement.step() {}
      return connection.changes
    }
  }

  /// All rows of a result, each as what `read` makes of it. How many come is the SQL's to bound.
  package borrowing func rows<T>(
    _ sql: String, _ arguments: SQLArguments = [], _ read: (borrowing Row) throws -> T
  ) throws -> [T] {
    var rows: [T] = []
    try forEach(sql, arguments) { rows.append(try read($0)) }
    return rows
  }

  /// The first row of a result, or `nil`; further rows are not looked at.
  package borrowing func first<T>(
    _ sql: String, _ arguments: SQLArguments = [], _ read: (borrowing Row) throws -> T
  ) throws -> T? {
    // Not the closure's result: the optimizer of Swift 6.3 cannot inline that.
    var first: T?
    try connection.withStatement(sql, arguments) { statement in
      // A statement with RETURNING has done all of its work when it gives the first row.
      if try statement.step() { first = try read(Row(statement)) }
    }
    return first
  }

  /// Shows every row of a result, one at a time.
  package borrowing func forEach(
    _ sql: String, _ arguments: SQLArguments = [], _ body: (borrowing Row) throws -> Void
  ) throws {
    try connection.withStatement(sql, arguments) { statement in
      while try statement.step() {
        try body(Row(statement))
      }
    }
  }

  /// Runs `body` so that all it did is undone when it throws, and what came before it is kept.
  package borrowing func savepoint<T>(
    _ body: (borrowing DatabaseConnection) throws -> T
  ) throws -> T {
    try connection.run("SAVEPOINT part")
    do {
      let result = try body(self)
      try connection.run("RELEASE part")
      return result
    } catch {
      undoPart()
      throw error
    }
  }

  private borrowing func undoPart() {
    // When SQLite has rolled back everything already, there is no savepoint to go back to.
    if connection.isAutocommit { return }
    do {
      try connection.run("ROLLBACK TO part")
      try connection.run("RELEASE part")
    } catch {
      // What was to be undone must not be committed: rather nothing than that.
      try? connection.run("ROLLBACK")
    }
  }

  /// The row id of the last insert in this read or write.
  package var lastInsertedRowID: Int64 { connection.lastInsertedRowID }
}
