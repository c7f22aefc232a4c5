import GRPC
import Platform
import WorkerProtocol

/// Sorts the messages of one batch: output for the log, chunks for the file, the command's result.
struct BatchReading {
  /// Bytes of a file, where they were received, or copied out of a small message.
  enum Chunk {
    case received([ReceivedBytes])
    case copied([UInt8])

    var byteCount: Int {
      switch self {
      case .received(let parts): parts.reduce(0) { $0 + $1.count }
      case .copied(let bytes): bytes.count
      }
    }
  }

  /// Chunks that came for the command, in order.
  struct FilePart {
    var chunks: [Chunk] = []
    var isLast = false
  }

  /// A chunk of the file that does not follow what came before.
  struct WrongChunk: Error {
    let expected: Int64
    let offset: UInt64
  }

  var log: LogBatch
  private(set) var file: FilePart?
  private(set) var result: WorkerSession.Result?
  private let commandID: UInt64?
  private let step: Int
  /// Where the file goes on; `nil` for a worker that does not tell offsets, or when no file is expected.
  private var fileOffset: Int64?

  /// - Parameters:
  ///   - commandID: results and chunks of other commands are late, and dropped.
  ///   - step: whose output it is.
  ///   - fileOffset: how much of the file is here, in bytes.
  init(log: LogBatch, commandID: UInt64?, step: Int, fileOffset: Int64?) {
    self.log = log
    self.commandID = commandID
    self.step = step
    self.fileOffset = fileOffset
  }

  /// Whether the command has ended with this batch.
  var hasEnded: Bool { result != nil || file?.isLast == true }

  /// Throws `LogBatch.ImpossibleOffset`, `WrongChunk`, or `WorkerProtocolError` for a message that cannot be read.
  ///
  /// - Parameter expectsFile: large chunks stay where they are; else small messages are read the fastest way.
  mutating func read(_ batch: MessageBatch, expectsFile: Bool) throws {
    guard expectsFile else {
      return try batch.forEach { message in try read(message) }
    }
    try batch.forEachMessage { message in
      if let chunk = FileChunkParts(message) {
        try take(.received(chunk.data), id: chunk.id, offset: chunk.offset, isLast: chunk.eof)
      } else {
        try message.withUnsafeBytes { try read($0) }
      }
    }
  }

  private mutating func read(_ bytes: UnsafeRawBufferPointer) throws {
    let view = try WorkerMessageView(reading: bytes)
    switch view.kind {
    case .output(let stream):
      try log.append(
        view.data, at: view.offset, stream: stream == .standardError ? 1 : 0, step: step)
    case .fileChunk(let eof):
      try take(.copied(Array(view.data)), id: view.id, offset: view.offset, isLast: eof)
    case .other:
      let message = try WorkerMessage(decoding: bytes)
      guard message.id == commandID else { return }
      switch message.payload {
      case .done(let done): result = .done(exitCode: done.exitCode)
      case .error(let error): result = .failed(message: error.message)
      default: break
      }
    }
  }

  private mutating func take(_ chunk: Chunk, id: UInt64, offset: UInt64, isLast: Bool) throws {
    guard id == commandID else { return }
    if let expected = fileOffset {
      guard offset == UInt64(expected) else { throw WrongChunk(expected: expected, offset: offset) }
      fileOffset = expected + Int64(chunk.byteCount)
    }
    var part = file ?? FilePart()
    part.chunks.append(chunk)
    part.isLast = part.isLast || isLast
    file = part
  }
}
