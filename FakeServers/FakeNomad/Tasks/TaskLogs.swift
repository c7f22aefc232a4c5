import Platform

/// One of a task's two output streams.
struct TaskLogKey: Hashable, Sendable {
  enum Stream: String, Sendable { case stdout, stderr }

  var allocation: String
  var task: String
  var stream: Stream
}

/// The bytes of one stream, of which the oldest may be gone.
struct TaskLog: Sendable {
  private(set) var droppedBytes = 0
  private(set) var bytes: [UInt8] = []

  /// Where the next byte will stand.
  var end: Int { droppedBytes + bytes.count }

  mutating func append(_ more: [UInt8], maximumBytes: Int) {
    bytes += more
    let excess = bytes.count - maximumBytes
    guard excess > 0 else { return }
    bytes.removeFirst(excess)
    droppedBytes += excess
  }

  /// What stands from this position on, as far as it is kept.
  func bytes(from position: Int) -> [UInt8] {
    [UInt8](bytes.dropFirst(max(0, position - droppedBytes)))
  }
}

/// What tasks have printed.
final class TaskLogs: Sendable {
  private let maximumBytes: Int
  private let logs = Watched<[TaskLogKey: TaskLog]>([:])

  init(maximumBytes: Int) {
    self.maximumBytes = maximumBytes
  }

  subscript(key: TaskLogKey) -> TaskLog {
    logs.withLock { $0[key] ?? TaskLog() }
  }

  /// Waits until a stream has this text in it, and answers what it has then.
  func bytes(
    of key: TaskLogKey, containing text: String, timeoutSeconds: Double
  ) async throws -> [UInt8] {
    let wanted = Array(text.utf8)
    return try await logs.value(timeoutSeconds: timeoutSeconds, waitingFor: "output of \(key.task)") { logs in
      logs[key].flatMap { $0.bytes.firstRange(of: wanted) == nil ? nil : $0.bytes }
    }
  }

  func removeAll() {
    logs.withLock { $0 = [:] }
  }

  /// Takes everything that a pipe gives, until its end.
  @concurrent
  func gather(_ pipe: PipeReader?, as key: TaskLogKey) async {
    while let bytes = try? await pipe?.read() {
      logs.withLock { $0[key, default: TaskLog()].append(bytes, maximumBytes: maximumBytes) }
    }
  }
}
