/// A row of a result, valid inside the closure that is given it.
package struct Row: ~Copyable {
  private let statement: Statement

  init(_ statement: Statement) {
    self.statement = statement
  }

  /// The value of a column as the type that is asked for; `T?` where it may be null.
  ///
  /// An unknown column and a value of another type are errors that name the column.
  package subscript<T: SQLReadable>(_ column: String) -> T {
    get throws(DatabaseError) {
      guard let index = statement.columns[column] else {
        let known = statement.columns.keys.sorted().joined(separator: ", ")
        throw DatabaseError(.misuse, "no column '\(column)' among \(known) in: \(statement.sql)")
      }
      let value = statement.value(at: index)
      guard let result = T(sqlValue: value) else {
        throw DatabaseError(
          .wrongType, "column '\(column)' holds \(value.kind), which is no \(T.self), in: \(statement.sql)")
      }
      return result
    }
  }
}
