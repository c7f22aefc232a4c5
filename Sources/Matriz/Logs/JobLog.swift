import Glibc
import Platform

/// A piece of output that is to be appended: which bytes of the batch came from which stream in which step.
package struct LogPiece: Hashable, Sendable {
  /// 0 standard output, 1 standard error.
  package let stream: UInt8
  /// Index of the step in the job.
  package let step: Int
  package var byteCount: Int
}

/// The output of one attempt of a job on disk, while it is written: `<attempt>.log` has the bytes of both streams as
/// they came; `<attempt>.log.idx` a line of text for each piece: offset, UTC microseconds, step, stream.
///
/// What `append` has answered survives the end of the process (it was given to the kernel); `finish` has it
/// on the disk. One task writes at a time.
package final class JobLog: @unchecked Sendable {
  private static let executor = BlockingExecutor(name: "logs", threads: 2)

  /// The log's length in bytes: the offset at which the next byte goes.
  package private(set) var size: Int64
  private let log: Int32
  private let index: Int32

  private init(log: consuming Descriptor, index: consuming Descriptor, size: Int64) {
    self.log = log.release()
    self.index = index.release()
    self.size = size
  }

  deinit {
    close(log)
    close(index)
  }

  /// Opens the log at `path` to go on where it ends, or makes it and its folder.
  package static func open(path: String) async throws -> JobLog {
    try await executor.run {
      if let slash = path.lastIndex(of: "/") { try makeDirectories(String(path[..<slash])) }
      let log = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o640)
      let index = try Descriptor.open("\(path).idx", flags: O_WRONLY | O_CREAT | O_APPEND, mode: 0o640)
      var status = stat()
      guard fstat(log.raw, &status) == 0 else { throw SystemError.last("open \(path)") }
      return JobLog(log: log, index: index, size: Int64(status.st_size))
    }
  }

  /// Appends bytes; `pieces` say in order where they came from and add up to them.
  package func append(_ bytes: [UInt8], _ pieces: [LogPiece]) async throws {
    let start = size
    try await Self.executor.run { [log, index] in
      try Self.write(bytes, to: log)
      var offset = start
      var lines = ""
      let microseconds = Timestamp.now().milliseconds * 1_000
      for piece in pieces {
        lines += "\(offset) \(microseconds) \(piece.step) \(piece.stream)\n"
        offset += Int64(piece.byteCount)
      }
      try Self.write(Array(lines.utf8), to: index)
    }
    size += Int64(bytes.count)
  }

  /// Has everything on the disk.
  package func finish() async throws {
    try await Self.executor.run { [log, index] in
      guard fdatasync(log) == 0, fdatasync(index) == 0 else {
        throw SystemError.last("write a log to the disk")
      }
    }
  }

  private static func write(_ bytes: [UInt8], to raw: Int32) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(raw, $0.baseAddress?.advanced(by: done), bytes.count - done)
      }
      if count < 0 {
        if errno == EINTR { continue }
        throw .last("write a log")
      }
      done += count
    }
  }
}
