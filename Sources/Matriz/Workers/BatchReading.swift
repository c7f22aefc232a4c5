import GRPC
import WorkerProtocol

/// Sorts the messages of one batch: output for the log, chunks for the file, the command's result.
struct BatchReading {
  /// Chunks that came for the command, in order.
  struct FilePart {
    var chunks: [(offset: UInt64, bytes: [UInt8])] = []
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
  mutating func read(_ batch: MessageBatch) throws {
    try batch.forEach({ bytes in try read(bytes) })
  }

  private mutating func read(_ bytes: UnsafeRawBufferPointer) throws {
    let view = try WorkerMessageView(reading: bytes)
    switch view.kind {
    case .output(let stream):
      try log.append(
        view.data, at: view.offset, stream: UInt8(truncatingIfNeeded: stream.rawValue), step: step)
    case .fileChunk(let eof):
      guard view.id == commandID else { return }
      var part = file ?? FilePart()
      if !view.data.isEmpty { part.chunks.append((view.offset, Array(view.data))) }
      part.isLast = part.isLast || eof
      file = part
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
}
