import Glibc
import Platform
import Synchronization

/// A piece of output that is to be appended: which bytes of the batch came from which stream in which step.
package struct LogPiece: Hashable, Sendable {
  /// 0 standard output, 1 standard error.
  package let stream: UInt8
  /// Index of the step in the job.
  package let step: Int
  package var byteCount: Int
}

/// The output of one attempt of a job on disk, while it is written: `<attempt>.log` has the bytes of both streams as
/// they came, and notes of ours; `<attempt>.log.idx` says which is which (`LogIndex`).
///
/// What `append` has answered survives the end of the process; what `synchronize` has answered, that of the machine.
/// An append that fails leaves nothing behind. One task writes at a time, beside one that synchronizes.
package final class JobLog: Sendable {
  private static let writing = BlockingExecutor(name: "logs", threads: 2)
  /// The disk may be slow: those that wait for it do not keep those that write.
  private static let synchronizing = BlockingExecutor(name: "log-sync", threads: 4)
  /// A part of the index, when it is read.
  private static let readBytes = 65_536

  private struct State {
    /// The log's length in bytes.
    var size: Int64
    var indexSize: Int64
    /// How many bytes of the worker's output are in the log, or accounted for in it.
    var received: Int64
    /// `size`, `indexSize` and `received` of what is on the disk.
    var durable: (size: Int64, indexSize: Int64, received: Int64)
    var endsLine: Bool
    var isFull: Bool
    var isCutOff: Bool
    /// Why it is of no more use.
    var failure: SystemError?
  }

  private let log: Descriptor
  private let index: Descriptor
  private let state: Mutex<State>
  /// Held while the files change, on a thread that may wait.
  private let changes = Mutex<Void>(())

  private init(log: consuming Descriptor, index: consuming Descriptor, state: State) {
    self.log = log
    self.index = index
    self.state = Mutex(state)
  }

  /// The log's length in bytes.
  package var size: Int64 { state.withLock(\.size) }
  /// The offset of the byte of the worker's output that is to come next.
  package var received: Int64 { state.withLock(\.received) }
  /// It has the note that it is full: what comes is not kept.
  var isFull: Bool { state.withLock(\.isFull) }
  /// It has the note that the worker was lost.
  var isCutOff: Bool { state.withLock(\.isCutOff) }

  // MARK: Opening

  /// Opens the log at `path` to go on where it ends, or makes it and its folder. What is in it is on the disk then.
  package static func open(path: String) async throws -> JobLog {
    try await writing.run {
      if let slash = path.lastIndex(of: "/") { try makeDirectories(String(path[..<slash])) }
      let log = try Descriptor.open(path, flags: O_RDWR | O_CREAT | O_APPEND, mode: 0o640)
      let index = try Descriptor.open("\(path).idx", flags: O_RDWR | O_CREAT | O_APPEND, mode: 0o640)
      let recovery = try recover(size: try size(of: log), index)
      try cut(log, to: recovery.size)
      try cut(index, to: recovery.indexSize)
      if recovery.size > 0 { try flush(log, index) }
      let endsLine = try endsLine(log, size: recovery.size)
      return JobLog(
        log: log, index: index,
        state: State(
          size: recovery.size, indexSize: recovery.indexSize, received: recovery.received,
          durable: (recovery.size, recovery.indexSize, recovery.received),
          endsLine: endsLine, isFull: recovery.isFull,
          isCutOff: recovery.isCutOff))
    }
  }

  private static func recover(
    size: Int64, _ index: borrowing Descriptor
  ) throws(SystemError) -> LogRecovery {
    var recovery = LogRecovery(size: size)
    var bytes = try index.read(upTo: readBytes)
    while !bytes.isEmpty {
      recovery.read(bytes)
      bytes = try index.read(upTo: readBytes)
    }
    return recovery
  }

  private static func size(of file: borrowing Descriptor) throws(SystemError) -> Int64 {
    var status = stat()
    guard fstat(file.raw, &status) == 0 else { throw .last("look at a log") }
    return Int64(status.st_size)
  }

  private static func endsLine(_ log: borrowing Descriptor, size: Int64) throws(SystemError) -> Bool {
    guard size > 0 else { return true }
    var last: UInt8 = 0
    guard pread(log.raw, &last, 1, off_t(size - 1)) == 1 else { throw .last("read a log") }
    return last == UInt8(ascii: "\n")
  }

  private static func cut(_ file: borrowing Descriptor, to size: Int64) throws(SystemError) {
    guard try self.size(of: file) != size else { return }
    guard ftruncate(file.raw, off_t(size)) == 0 else { throw .last("cut a log") }
  }

  private static func flush(_ log: borrowing Descriptor, _ index: borrowing Descriptor) throws(SystemError) {
    guard fdatasync(log.raw) == 0, fdatasync(index.raw) == 0 else { throw .last("write a log to the disk") }
  }

  // MARK: Writing

  /// Appends output; `pieces` say in order where it came from and add up to it.
  package func append(_ bytes: [UInt8], _ pieces: [LogPiece]) async throws {
    guard !bytes.isEmpty else { return }
    try await write { state in
      var offset = state.size
      var lines = ""
      let microseconds = Timestamp.now().milliseconds * 1_000
      for piece in pieces {
        lines +=
          LogIndex.Line(offset: offset, microseconds: microseconds, step: piece.step, stream: piece.stream)
          .text
        offset += Int64(piece.byteCount)
      }
      try Self.write(bytes, to: self.log)
      try Self.write(Array(lines.utf8), to: self.index)
      state.size += Int64(bytes.count)
      state.received += Int64(bytes.count)
      state.indexSize += Int64(lines.utf8.count)
      state.endsLine = bytes.last == UInt8(ascii: "\n")
    }
  }

  /// Appends a note on a line of its own.
  ///
  /// - Parameter received: the offset of the byte of the worker's output that is to come next.
  package func append(_ note: LogNote, step: Int, received: Int64) async throws {
    try await write { state in
      let bytes = Array("\(state.endsLine ? "" : "\n")\(note.text)\n".utf8)
      let line = LogIndex.Line(
        offset: state.size, microseconds: Timestamp.now().milliseconds * 1_000, step: step,
        stream: LogIndex.noteStream,
        note: LogIndex.Note(received: received, byteCount: Int64(bytes.count), kind: note.kind)
      ).text
      // Without its line a note would count as output, and as much output would never be asked for.
      try Self.write(Array(line.utf8), to: self.index)
      guard fdatasync(self.index.raw) == 0 else { throw SystemError.last("write a log to the disk") }
      try Self.write(bytes, to: self.log)
      state.size += Int64(bytes.count)
      state.received = received
      state.indexSize += Int64(line.utf8.count)
      state.endsLine = true
      state.isFull = state.isFull || note.kind == .full
      state.isCutOff = state.isCutOff || note.kind == .cutOff
    }
  }

  /// Output up to `received` came and is not kept, since the log is full.
  func skip(to received: Int64) {
    state.withLock { $0.received = max($0.received, received) }
  }

  /// Writes, or puts the files back to what they were.
  private func write(_ body: @escaping @Sendable (inout State) throws -> Void) async throws {
    try await Self.writing.run {
      try self.changes.withLock { _ in
        var next = self.state.withLock { $0 }
        if let failure = next.failure { throw failure }
        let (size, indexSize) = (next.size, next.indexSize)
        do {
          try body(&next)
        } catch {
          self.putBack(size, indexSize)
          throw error
        }
        self.state.withLock { state in
          next.durable = state.durable
          state = next
        }
      }
    }
  }

  /// What cannot be cut off is output, or has no good line in the index; so whoever opens the log finds out.
  private func putBack(_ size: Int64, _ indexSize: Int64) {
    try? Self.cut(log, to: size)
    try? Self.cut(index, to: indexSize)
  }

  private static func write(_ bytes: [UInt8], to file: borrowing Descriptor) throws(SystemError) {
    try bytes.span.bytes.withUnsafeBytes { raw throws(SystemError) in try file.writeAll(raw) }
  }

  // MARK: The disk

  /// Has on the disk what was appended before, and answers up to where in the worker's output that is.
  ///
  /// When it fails nobody knows what the disk has: the log is put back to what it had surely, and is of no more use.
  package func synchronize() async throws -> Int64 {
    try await Self.synchronizing.run {
      let begun = self.state.withLock { $0 }
      guard begun.size != begun.durable.size else { return begun.received }
      guard fdatasync(self.log.raw) == 0 else {
        let error = SystemError.last("write a log to the disk")
        self.changes.withLock { _ in
          self.state.withLock { $0.failure = error }
          self.putBack(begun.durable.size, begun.durable.indexSize)
        }
        throw error
      }
      self.state.withLock { $0.durable = (begun.size, begun.indexSize, begun.received) }
      return begun.received
    }
  }

  /// Has everything on the disk, with its index.
  package func finish() async throws {
    _ = try await synchronize()
    try await Self.synchronizing.run {
      guard fdatasync(self.index.raw) == 0 else { throw SystemError.last("write a log to the disk") }
    }
  }
}
