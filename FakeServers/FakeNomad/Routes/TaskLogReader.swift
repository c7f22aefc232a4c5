import Crypto
import HTTP
import Platform
import Synchronization

/// Reads one log on from where a query begins, plainly or in frames: JSON objects one after the other, each with the
/// file that its data stands in and the place behind it.
final class TaskLogReader: Sendable {
  /// Bytes in one frame.
  private static let maximumPieceBytes = 64 * 1_024
  /// Who follows in frames hears of the server this often (`{}`).
  private static let heartbeatSeconds = 1.0

  private let logs: TaskLogs
  private let key: TaskLogKey
  private let isPlain: Bool
  private let position: Mutex<Int>

  /// An offset counts from the oldest byte that is kept, or back from the newest.
  init(logs: TaskLogs, key: TaskLogKey, _ query: LogQuery) {
    self.logs = logs
    self.key = key
    isPlain = query.isPlain
    let log = logs[key]
    let (start, end) = (log?.start ?? 0, log?.end ?? 0)
    let (wanted, overflow) = start.addingReportingOverflow(query.offset)
    position = Mutex(query.isFromEnd ? max(start, end - query.offset) : overflow ? end : min(wanted, end))
  }

  /// What is there now.
  func rest() -> [UInt8] {
    var bytes: [UInt8] = []
    while let piece = next() { bytes += piece }
    return bytes
  }

  /// What is there and what comes; does not end by itself.
  var following: ByteStream {
    ByteStream {
      while true {
        if let piece = self.next() { return piece }
        let position = self.position.withLock { $0 }
        do {
          try await self.logs.wait(for: self.key, beyond: position, timeoutSeconds: Self.heartbeatSeconds)
        } catch is SystemError {
          if !self.isPlain { return Array("{}".utf8) }
        }
      }
    }
  }

  private func next() -> [UInt8]? {
    guard let log = logs[key] else { return nil }
    return position.withLock { position in
      guard let piece = log.piece(from: position, maximumBytes: Self.maximumPieceBytes) else { return nil }
      position = max(position, log.start) + piece.bytes.count
      guard !isPlain else { return piece.bytes }
      let frame: JSONValue = [
        "Data": .string(Base64.encode(piece.bytes)), "Offset": .integer(Int64(piece.fileOffset)),
        "File": .string("alloc/logs/\(key.task).\(key.stream.rawValue).\(piece.file)"),
      ]
      return frame.bytes()
    }
  }
}
