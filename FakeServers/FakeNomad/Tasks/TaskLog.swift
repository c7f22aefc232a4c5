import HTTP

/// One of a task's two output streams.
struct TaskLogKey: Hashable, Sendable {
  enum Stream: String, Sendable { case stdout, stderr }

  var allocation: String
  var task: String
  var stream: Stream
}

/// How much of a stream is kept: so many files of so many bytes (`logs` of a task).
struct TaskLogLimits: Sendable, Hashable {
  var files: Int
  var fileBytes: Int

  /// - Parameter maximumBytes: what the fake keeps at most, whatever the task says.
  init(_ block: JSONValue, maximumBytes: Int) {
    let files = Int(clamping: max(1, block["MaxFiles"]?.integer ?? 10))
    let fileMB = Int(clamping: min(max(1, block["MaxFileSizeMB"]?.integer ?? 10), 1 << 20))
    self.files = max(1, min(files, maximumBytes))
    fileBytes = max(1, min(fileMB << 20, maximumBytes / self.files))
  }
}

/// The bytes of one stream, in files that follow each other; the oldest may be gone.
struct TaskLog: Sendable {
  private let limits: TaskLogLimits
  /// Where the oldest byte that is kept stood in all that was printed.
  private(set) var start = 0
  private(set) var bytes: [UInt8] = []

  init(_ limits: TaskLogLimits) {
    self.limits = limits
  }

  /// Where the next byte will stand.
  var end: Int { start + bytes.count }

  mutating func append(_ more: [UInt8]) {
    bytes += more
    let newest = max(0, end - 1) / limits.fileBytes
    let oldestKept = max(0, newest - limits.files + 1) * limits.fileBytes
    guard oldestKept > start else { return }
    bytes.removeFirst(oldestKept - start)
    start = oldestKept
  }

  /// At most so many bytes from a position on, all from one file, with the file's number and the place in it behind
  /// them. What is gone is skipped; `nil` when there is nothing yet.
  func piece(from position: Int, maximumBytes: Int) -> (bytes: [UInt8], file: Int, fileOffset: Int)? {
    let position = max(position, start)
    guard position < end else { return nil }
    let file = position / limits.fileBytes
    let fileEnd = (file + 1) * limits.fileBytes
    let count = min(maximumBytes, min(end, fileEnd) - position)
    let bytes = [UInt8](bytes.dropFirst(position - start).prefix(count))
    return (bytes, file, position + count - file * limits.fileBytes)
  }
}
