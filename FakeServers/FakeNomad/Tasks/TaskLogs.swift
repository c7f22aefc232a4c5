import HTTP
import Platform

/// What tasks have printed.
final class TaskLogs: Sendable {
  private let maximumBytes: Int
  private let logs = Watched<[TaskLogKey: TaskLog]>([:])

  init(maximumBytes: Int) {
    self.maximumBytes = maximumBytes
  }

  /// `nil` when nothing was printed.
  subscript(key: TaskLogKey) -> TaskLog? {
    logs.withLock { $0[key] }
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

  /// Waits until a stream has something at or behind a position.
  func wait(for key: TaskLogKey, beyond position: Int, timeoutSeconds: Double) async throws {
    _ = try await logs.value(timeoutSeconds: timeoutSeconds, waitingFor: "output of \(key.task)") { logs in
      (logs[key]?.end ?? 0) > position ? true : nil
    }
  }

  func removeAll() {
    logs.withLock { $0 = [:] }
  }

  /// Takes everything that a pipe gives, until its end.
  ///
  /// - Parameter block: the task's `LogConfig`.
  @concurrent
  func gather(_ pipe: PipeReader?, as key: TaskLogKey, _ block: JSONValue) async {
    let limits = TaskLogLimits(block, maximumBytes: maximumBytes)
    while let bytes = try? await pipe?.read() {
      logs.withLock { $0[key, default: TaskLog(limits)].append(bytes) }
    }
  }
}
