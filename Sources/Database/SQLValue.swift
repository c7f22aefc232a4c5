package import Platform

/// A value in one of the storage classes of SQLite.
package enum SQLValue: Sendable, Hashable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  /// The storage class as one says it in an error.
  var kind: String {
    switch self {
    case .null: "null"
    case .integer: "an integer"
    case .real: "a real number"
    case .text: "text"
    case .blob: "a blob"
    }
  }
}

/// What can be an argument of a statement.
package protocol SQLBindable {
  var sqlValue: SQLValue { get }
}

/// What can be read from a column.
package protocol SQLReadable {
  /// `nil` when the value is not one of this type; nothing is converted silently.
  init?(sqlValue: SQLValue)
}

extension SQLValue: SQLBindable, SQLReadable {
  package var sqlValue: SQLValue { self }
  package init?(sqlValue: SQLValue) { self = sqlValue }
}

extension Int64: SQLBindable, SQLReadable {
  package var sqlValue: SQLValue { .integer(self) }
  package init?(sqlValue: SQLValue) {
    guard case .integer(let value) = sqlValue else { return nil }
    self = value
  }
}

extension Int: SQLBindable, SQLReadable {
  package var sqlValue: SQLValue { .integer(Int64(self)) }
  package init?(sqlValue: SQLValue) {
    guard case .integer(let value) = sqlValue else { return nil }
    self.init(exactly: value)
  }
}

extension Bool: SQLBindable, SQLReadable {
  package var sqlValue: SQLValue { .integer(self ? 1 : 0) }
  package init?(sqlValue: SQLValue) {
    switch sqlValue {
    case .integer(0): self = false
    case .integer(1): self = true
    default: return nil
    }
  }
}

extension Double: SQLBindable, SQLReadable {
  /// SQLite stores NaN as null.
  package var sqlValue: SQLValue { .real(self) }
  package init?(sqlValue: SQLValue) {
    guard case .real(let value) = sqlValue else { return nil }
    self = value
  }
}

extension String: SQLBindable, SQLReadable {
  package var sqlValue: SQLValue { .text(self) }
  package init?(sqlValue: SQLValue) {
    guard case .text(let value) = sqlValue else { return nil }
    self = value
  }
}

extension [UInt8]: SQLBindable, SQLReadable {
  package var sqlValue: SQLValue { .blob(self) }
  package init?(sqlValue: SQLValue) {
    guard case .blob(let value) = sqlValue else { return nil }
    self = value
  }
}

/// A time is stored as its milliseconds since 1970.
extension Timestamp: SQLBindable, SQLReadable {
  package var sqlValue: SQLValue { .integer(milliseconds) }
  package init?(sqlValue: SQLValue) {
    guard case .integer(let value) = sqlValue else { return nil }
    self.init(milliseconds: value)
  }
}

/// Null reads as `nil`. (As an argument, an optional is passed as it is.)
extension Optional: SQLReadable where Wrapped: SQLReadable {
  package init?(sqlValue: SQLValue) {
    if sqlValue == .null {
      self = Self.none
    } else if let value = Wrapped(sqlValue: sqlValue) {
      self = Self.some(value)
    } else {
      return nil
    }
  }
}

/// An enumeration with raw values conforms by saying so.
extension SQLBindable where Self: RawRepresentable, RawValue: SQLBindable {
  package var sqlValue: SQLValue { rawValue.sqlValue }
}

extension SQLReadable where Self: RawRepresentable, RawValue: SQLReadable {
  package init?(sqlValue: SQLValue) {
    guard let rawValue = RawValue(sqlValue: sqlValue) else { return nil }
    self.init(rawValue: rawValue)
  }
}
