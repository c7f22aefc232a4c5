import CSQLite

/// A prepared statement. Made for one connection and used on the thread that uses that connection.
final class Statement {
  let sql: String
  private let pointer: OpaquePointer
  private let parameterCount: Int
  /// The columns of the result, by name; of two with one name the first counts.
  private(set) lazy var columns: [String: Int32] = {
    let names = (0..<sqlite3_column_count(pointer)).compactMap { index in
      sqlite3_column_name(pointer, index).map { (String(cString: $0), index) }
    }
    return Dictionary(names, uniquingKeysWith: { first, _ in first })
  }()

  /// Prepares exactly one statement; a second one behind it is refused rather than forgotten.
  init(_ sql: String, on handle: OpaquePointer) throws(DatabaseError) {
    var pointer: OpaquePointer?
    var usedBytes = 0
    var text = sql
    let result = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters -> Int32 in
        var tail: UnsafePointer<CChar>?
        let result = sqlite3_prepare_v3(
          handle, characters.baseAddress, Int32(clamping: characters.count),
          UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, &tail)
        if let tail, let start = characters.baseAddress { usedBytes = tail - start }
        return result
      }
    }
    guard result == SQLITE_OK else { throw .last(on: handle, "prepare \(sql)") }
    guard let pointer else { throw DatabaseError(.misuse, "no statement in: \(sql)") }
    self.sql = sql
    self.pointer = pointer
    self.parameterCount = Int(sqlite3_bind_parameter_count(pointer))
    guard sql.utf8.dropFirst(usedBytes).allSatisfy({ " \t\r\n;".utf8.contains($0) }) else {
      throw DatabaseError(.misuse, "more than one statement in: \(sql)")
    }
  }

  deinit {
    sqlite3_finalize(pointer)
  }

  func bind(_ arguments: SQLArguments) throws(DatabaseError) {
    switch arguments.storage {
    case .positional(let values):
      try checkCount(values.count)
      for (index, value) in values.enumerated() {
        try bind(value, at: Int32(clamping: index + 1))
      }
    case .named(let pairs):
      try checkCount(pairs.count)
      for pair in pairs {
        let index = sqlite3_bind_parameter_index(pointer, ":\(pair.name)")
        guard index > 0 else {
          throw DatabaseError(.misuse, "no parameter ':\(pair.name)' in: \(sql)")
        }
        try bind(pair.value, at: index)
      }
    }
  }

  /// Goes to the next row; `false` when there is none.
  func step() throws(DatabaseError) -> Bool {
    switch sqlite3_step(pointer) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw .last(on: sqlite3_db_handle(pointer), "execute \(sql)")
    }
  }

  /// Makes the statement ready for the next use; it holds no lock and no argument after that.
  func reset() {
    // The result repeats the error of the last step, which was reported there.
    sqlite3_reset(pointer)
    sqlite3_clear_bindings(pointer)
  }

  func value(at column: Int32) -> SQLValue {
    switch sqlite3_column_type(pointer, column) {
    case SQLITE_INTEGER:
      return .integer(sqlite3_column_int64(pointer, column))
    case SQLITE_FLOAT:
      return .real(sqlite3_column_double(pointer, column))
    case SQLITE_TEXT:
      // The text first, then its length: the first call may convert the value.
      let text = sqlite3_column_text(pointer, column)
      let bytes = UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(pointer, column)))
      return .text(String(decoding: bytes, as: UTF8.self))
    case SQLITE_BLOB:
      let blob = sqlite3_column_blob(pointer, column)
      let count = Int(sqlite3_column_bytes(pointer, column))
      return .blob(Array(UnsafeRawBufferPointer(start: blob, count: blob == nil ? 0 : count)))
    default:
      return .null
    }
  }

  private func checkCount(_ count: Int) throws(DatabaseError) {
    guard count == parameterCount else {
      throw DatabaseError(.misuse, "\(count) arguments for \(parameterCount) parameters in: \(sql)")
    }
  }

  private func bind(_ value: SQLValue, at index: Int32) throws(DatabaseError) {
    // SQLITE_TRANSIENT: SQLite copies the bytes before the call returns.
    let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    let result: Int32
    switch value {
    case .null:
      result = sqlite3_bind_null(pointer, index)
    case .integer(let integer):
      result = sqlite3_bind_int64(pointer, index, integer)
    case .real(let real):
      result = sqlite3_bind_double(pointer, index, real)
    case .text(var text):
      result = text.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) { characters in
          sqlite3_bind_text64(
            pointer, index, characters.baseAddress ?? emptyText, UInt64(characters.count), copied,
            UInt8(SQLITE_UTF8))
        }
      }
    case .blob(let blob):
      result = blob.withUnsafeBytes { bytes in
        bytes.isEmpty
          ? sqlite3_bind_zeroblob(pointer, index, 0)
          : sqlite3_bind_blob64(pointer, index, bytes.baseAddress, UInt64(bytes.count), copied)
      }
    }
    guard result == SQLITE_OK else {
      throw .last(on: sqlite3_db_handle(pointer), "bind argument \(index) of \(sql)")
    }
  }
}

/// An empty text needs an address, since a null pointer would bind null.
private nonisolated(unsafe) let emptyText: UnsafePointer<CChar> = {
  let text = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
  text.initialize(to: 0)
  return UnsafePointer(text)
}()
