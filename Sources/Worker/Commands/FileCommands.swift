import Glibc
import Platform
import WorkerProtocol

/// Writes a file of the server's into the work folder.
struct WriteFileCommand: Sendable {
  let context: CommandContext
  let dest: String
  let bytes: [UInt8]

  func run() async throws -> CommandResult {
    let path = try context.path.resolve(dest)
    guard path != context.path.folder, !dest.hasSuffix("/") else {
      throw CommandFailure("cannot write '\(dest)': it names a folder")
    }
    try await BlockingExecutor.files.run {
      let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
      try makeDirectories(parent, mode: CommandContext.folderMode)
      try context.path.checkLinks(of: dest, resolved: parent)
      try write(path)
    }
    return .done(exitCode: 0)
  }

  /// A FIFO without a reader is refused by `O_NONBLOCK`, one with a reader by the look at its type.
  private func write(_ path: String) throws {
    let file = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_NONBLOCK | O_NOFOLLOW)
    var status = stat()
    guard fstat(file.raw, &status) == 0 else { throw SystemError.last("write \(path)") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CommandFailure("cannot write '\(dest)': it is no file")
    }
    guard ftruncate(file.raw, 0) == 0 else { throw SystemError.last("write \(path)") }
    var failure: SystemError?
    bytes.withUnsafeBytes { buffer in
      do throws(SystemError) { try file.writeAll(buffer) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}

/// Sends a file of the work folder: chunks are read one batch ahead of the stream, again from where the server says
/// when the stream broke.
struct SendFileCommand: Sendable {
  let context: CommandContext
  let source: String

  /// What is read at once; a batch of chunks.
  private static let batchBytes = 512 * 1_024

  private enum Step: Sendable {
    case read(generation: Int, start: UInt64)
    case sent
    case stopped
  }

  func run() async throws -> CommandResult {
    let path = try context.path.resolve(source)
    let file = try await BlockingExecutor.files.run {
      try context.path.checkLinks(of: source, resolved: path)
      return try SentFile(path)
    }
    var position: UInt64 = 0
    var generation = -1
    while true {
      switch try await nextStep() {
      case .sent: return .fileSent
      case .stopped: throw CommandFailure("cancelled")
      case .read(let current, let start):
        if current != generation { (generation, position) = (current, start) }
        let chunks = try await read(file, from: position)
        position += chunks.reduce(0) { $0 + UInt64($1.byteCount) }
        context.state.withLock { [generation] in $0.session.offer(chunks, generation: generation) }
      }
    }
  }

  /// Waits until there is something to do. A session that has no such file has ended the command.
  private func nextStep() async throws -> Step {
    let id = context.id
    return try await context.state.value { state in
      guard !state.isOver, state.session.runningCommand == id, let file = state.session.file else {
        return .stopped
      }
      if state.cancellation(of: id) != nil || file.phase == .abandoned { return .stopped }
      if file.isSent { return .sent }
      return file.wantsChunks ? .read(generation: file.generation, start: file.start) : nil
    }
  }

  private func read(_ file: SentFile, from position: UInt64) async throws -> [FileSending.Chunk] {
    let chunkBytes = UInt64(max(1, context.options.fileChunkBytes))
    let batchBytes = max(1, UInt64(Self.batchBytes) / chunkBytes) * chunkBytes
    return try await BlockingExecutor.files.run {
      let parts = try file.read(at: position, count: batchBytes)
      var chunks: [FileSending.Chunk] = []
      var offset = position
      repeat {
        let chunk = parts.slice(from: Int(offset - position), count: Int(chunkBytes))
        let end = chunk.reduce(offset) { $0 + UInt64($1.count) }
        chunks.append(FileSending.Chunk(offset: offset, parts: chunk, isLast: end >= file.size))
        offset = end
      } while offset < min(position + batchBytes, file.size)
      return chunks
    }
  }
}

extension [ReceivedBytes] {
  /// A part of the bytes that these are together, without a copy.
  fileprivate func slice(from start: Int, count: Int) -> [ReceivedBytes] {
    var skip = start
    var rest = count
    var slice: [ReceivedBytes] = []
    for part in self where rest > 0 {
      let taken = part.slice(from: skip, count: rest)
      skip = Swift.max(0, skip - part.count)
      rest -= taken.count
      if taken.count > 0 { slice.append(taken) }
    }
    return slice
  }
}

/// A regular file that is read by position. Blocks: for an executor of files.
private final class SentFile: Sendable {
  /// When it was opened; what is written to it later is not sent.
  let size: UInt64
  private let path: String
  private let descriptor: Int32

  /// A FIFO or a device is neither waited for nor read.
  init(_ path: String) throws {
    let file = try Descriptor.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
    var status = stat()
    guard fstat(file.raw, &status) == 0 else { throw SystemError.last("read \(path)") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "no file"
      throw CommandFailure("cannot send '\(path)': it is \(kind)")
    }
    self.path = path
    size = UInt64(max(0, status.st_size))
    descriptor = file.release()
  }

  deinit {
    close(descriptor)
  }

  /// At most `count` bytes, in pooled memory; empty only at or after the end.
  func read(at offset: UInt64, count: UInt64) throws -> [ReceivedBytes] {
    guard offset < size else { return [] }
    var wanted = Int(min(count, size - offset))
    var position = offset
    var parts: [ReceivedBytes] = []
    while wanted > 0 {
      let part = try ReceivedBytes.filled { try read(at: position, min(wanted, $0.count), into: $0) }
      parts.append(part)
      wanted -= part.count
      position += UInt64(part.count)
    }
    return parts
  }

  private func read(at offset: UInt64, _ count: Int, into memory: UnsafeMutableRawBufferPointer) throws -> Int
  {
    while true {
      let result = pread(descriptor, memory.baseAddress, count, off_t(offset))
      if result > 0 { return result }
      if result == 0 { throw CommandFailure("cannot send '\(path)': it became shorter while it was read") }
      if errno != EINTR { throw SystemError.last("read \(path)") }
    }
  }
}
