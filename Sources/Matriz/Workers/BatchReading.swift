import GRPC
import Platform
import WorkerProtocol

/// Sorts the messages of one batch: output for the log, chunks for the file, the command's result.
struct BatchReading {
  /// Bytes of a file, where they were received, or copied out of a small message.
  enum Chunk {
    case received([ReceivedBytes])
    case copied([UInt8])
  }

  /// Chunks that came for the command, in order.
  struct FilePart {
    var chunks: [Chunk] = []
    var isLast = false
  }

  var log: LogBatch
  private(set) var file: FilePart?
  private(set) var result: WorkerSession.Result?
  private let commandID: UInt64
  private let step: Int

  /// - Parameters:
  ///   - commandID: results and chunks of other commands are late, and dropped.
  ///   - step: whose output it is.
  init(log: LogBatch, commandID: UInt64, step: Int) {
    self.log = log
    self.commandID = commandID
    self.step = step
  }

  /// Throws `LogBatch.Gap`, or `WorkerProtocolError` for a message that cannot be read.
  ///
  /// - Parameter expectsFile: large chunks stay where they are; else small messages are read the fastest way.
  mutating func read(_ batch: MessageBatch, expectsFile: Bool) throws {
    guard expectsFile else {
      return try batch.forEach { message in try read(message) }
    }
    try batch.forEachMessage { message in
      if let chunk = FileChunkParts(message) {
        take(.received(chunk.data), id: chunk.id, isLast: chunk.eof)
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
        view.data, at: view.offset, stream: UInt8(truncatingIfNeeded: stream.rawValue), step: step)
    case .fileChunk(let eof): take(.copied(Array(view.data)), id: view.id, isLast: eof)
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

  private mutating func take(_ chunk: Chunk, id: UInt64, isLast: Bool) {
    guard id == commandID else { return }
    var part = file ?? FilePart()
    part.chunks.append(chunk)
    part.isLast = part.isLast || isLast
    file = part
  }
}
