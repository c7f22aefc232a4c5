import CSQLite

/// Why the database did not do what was asked.
package struct DatabaseError: Error, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// Another process held the database for longer than the busy timeout, or too many writes wait.
    case busy
    /// The disk or the quota is full.
    case full
    /// The file, or this connection, may not be written.
    case readOnly
    /// The file is damaged, or no database at all.
    case corrupt
    /// A constraint of the schema was violated.
    case constraint
    /// Reading or writing the file failed.
    case inputOutput
    /// The file cannot be opened or created.
    case cannotOpen
    /// The database has migrations that this program does not know: a newer one has used it.
    case newerSchema
    /// Another process uses the data folder.
    case locked
    /// The database was closed.
    case closed
    /// A column does not hold what was read from it.
    case wrongType
    /// Our own mistake: bad SQL, wrong arguments, contradicting migrations.
    case misuse
  }

  package let code: Code
  package let message: String
  /// The extended result code of SQLite, where it was SQLite that refused.
  package let resultCode: Int32?
  package let cause: (any Error)?

  package init(
    _ code: Code, _ message: String, resultCode: Int32? = nil, cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.resultCode = resultCode
    self.cause = cause
  }

  package var description: String {
    cause.map { "\(message): \($0)" } ?? message
  }

  /// Whether a row was refused because a unique column or the primary key has its value already.
  package var isUniqueViolation: Bool {
    // SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY, which are expressions in C.
    resultCode == SQLITE_CONSTRAINT | (8 << 8) || resultCode == SQLITE_CONSTRAINT | (6 << 8)
  }
}

extension DatabaseError {
  /// The error of the call that was just made on `handle`.
  static func last(on handle: OpaquePointer?, _ operation: String) -> DatabaseError {
    let resultCode = sqlite3_extended_errcode(handle)
    let text = sqlite3_errmsg(handle).map { String(cString: $0) } ?? "out of memory"
    return DatabaseError(code(of: resultCode), "\(operation): \(text)", resultCode: resultCode)
  }

  /// Result codes: https://www.sqlite.org/rescode.html; the primary code is the low byte.
  private static func code(of resultCode: Int32) -> Code {
    switch resultCode & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED: .busy
    case SQLITE_FULL: .full
    case SQLITE_READONLY, SQLITE_PERM: .readOnly
    case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
    case SQLITE_CONSTRAINT: .constraint
    case SQLITE_IOERR, SQLITE_NOMEM, SQLITE_PROTOCOL: .inputOutput
    case SQLITE_CANTOPEN: .cannotOpen
    default: .misuse
    }
  }
}
