/// Work that is done one piece after the other, behind the requests that asked for it.
final class SerialTasks: Sendable {
  /// More waiting pieces are dropped; a fake that is so far behind is broken anyhow.
  static let maximumWaiting = 1_000

  private let continuation: AsyncStream<@Sendable () async -> Void>.Continuation
  private let task: Task<Void, Never>

  init() {
    let (stream, continuation) = AsyncStream.makeStream(
      of: (@Sendable () async -> Void).self, bufferingPolicy: .bufferingOldest(Self.maximumWaiting))
    self.continuation = continuation
    task = Task {
      for await work in stream { await work() }
    }
  }

  func submit(_ work: @escaping @Sendable () async -> Void) {
    continuation.yield(work)
  }

  /// Cancels what runs, drops what waits, and returns when nothing runs any more.
  func stop() async {
    continuation.finish()
    task.cancel()
    await task.value
  }
}
