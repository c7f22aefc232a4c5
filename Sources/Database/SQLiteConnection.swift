import CSQLite
import Synchronization

/// A connection of SQLite with its cache of prepared statements.
///
/// It is unchecked because SQLite's own lock is left out (`SQLITE_OPEN_NOMUTEX`): whoever has taken the
/// connection, the writer's thread or one read, is the only one to use it until it is given back.
final class SQLiteConnection: @unchecked Sendable {
  enum Mode {
    case writer
    case reader
  }

  /// How many prepared statements are kept for their next use.
  static let maximumCachedStatements = 256
  /// How long a lock of another process is waited for.
  static let busyTimeoutMilliseconds: Int32 = 5_000
  /// The size to which a checkpoint cuts a write-ahead log that has grown.
  static let maximumIdleLogBytes = 67_108_864

  private let handle: OpaquePointer
  private var cache: [String: Statement] = [:]
  private let commits = CommitCounter()

  init(path: String, mode: Mode) throws(DatabaseError) {
    var handle: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let result = sqlite3_open_v2(path, &handle, flags, nil)
    guard result == SQLITE_OK, let handle else {
      // Even a failed open may leave a handle, which holds the message and is to be closed.
      defer { sqlite3_close_v2(handle) }
      throw .last(on: handle, "open \(path)")
    }
    self.handle = handle
    sqlite3_busy_timeout(handle, Self.busyTimeoutMilliseconds)
    commits.install(on: handle)
    try configure(mode)
  }

  deinit {
    cache.removeAll()
    sqlite3_close_v2(handle)
  }

  /// How many transactions this connection has committed, by SQLite's own word.
  var commitCount: Int { commits.count.load(ordering: .relaxed) }

  /// Whether no transaction is open. An error such as a full disk makes SQLite roll back by itself.
  var isAutocommit: Bool { sqlite3_get_autocommit(handle) != 0 }

  var changes: Int { Int(sqlite3_changes64(handle)) }

  var lastInsertedRowID: Int64 { sqlite3_last_insert_rowid(handle) }

  /// Runs any number of statements without arguments and drops their rows.
  func run(script: String) throws(DatabaseError) {
    guard sqlite3_exec(handle, script, nil, nil, nil) == SQLITE_OK else {
      throw .last(on: handle, "execute \(script)")
    }
  }

  /// Runs one statement without arguments, which is prepared once.
  func run(_ sql: String) throws {
    try withStatement(sql, []) { _ = try $0.step() }
  }

  /// Hands out the prepared statement with its arguments bound, and takes it back.
  ///
  /// A statement in use is not in the cache, so the same SQL may be used inside of itself.
  func withStatement<T>(
    _ sql: String, _ arguments: SQLArguments, _ body: (Statement) throws -> T
  ) throws -> T {
    let statement = try cache.removeValue(forKey: sql) ?? Statement(sql, on: handle)
    defer {
      statement.reset()
      if cache.count >= Self.maximumCachedStatements { cache.removeAll() }
      cache[sql] = statement
    }
    try statement.bind(arguments)
    return try body(statement)
  }

  private func configure(_ mode: Mode) throws(DatabaseError) {
    switch mode {
    case .writer:
      // FULL also waits for the disk at every commit of a write-ahead log: what was answered is kept.
      try run(
        script: """
          PRAGMA journal_mode = WAL;
          PRAGMA synchronous = FULL;
          PRAGMA foreign_keys = ON;
          PRAGMA trusted_schema = OFF;
          PRAGMA journal_size_limit = \(Self.maximumIdleLogBytes);
          """)
    case .reader:
      try run(script: "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")
    }
  }
}

/// Counts commits from SQLite's commit hook.
private final class CommitCounter {
  let count = Atomic<Int>(0)

  /// The counter must live for as long as the connection.
  func install(on handle: OpaquePointer) {
    sqlite3_commit_hook(handle, countCommit, Unmanaged.passUnretained(self).toOpaque())
  }
}

/// Zero lets the commit go on.
private func countCommit(_ context: UnsafeMutableRawPointer?) -> Int32 {
  guard let context else { return 0 }
  let counter = Unmanaged<CommitCounter>.fromOpaque(context).takeUnretainedValue()
  counter.count.add(1, ordering: .relaxed)
  return 0
}
