package import Platform
import Synchronization

/// Takes content piece by piece, and hashes and writes it on a thread of the store behind a short queue.
///
/// One task writes at a time. `write` comes back at once while there is room in the queue, so that the next
/// pieces are received while these are hashed; a slow disk makes it wait, which slows the sender. A writer
/// that is dropped leaves nothing behind.
package final class ArtifactWriter: Sendable {
  /// More than this is not held in memory; a `write` that goes beyond it waits.
  package static let maximumQueuedBytes = 1_048_576
  /// A `write` that waits goes on when no more than this is queued.
  static let resumeQueuedBytes = 524_288
  /// After this the thread is left to other transfers, before more of this one is done.
  static let maximumTurnBytes = 8_388_608

  private enum Piece: Sendable {
    case array([UInt8])
    case received(ReceivedBytes)

    var count: Int {
      switch self {
      case .array(let bytes): bytes.count
      case .received(let bytes): bytes.count
      }
    }

    func give(to sink: inout ContentSink) throws(SystemError) {
      switch self {
      case .array(let bytes):
        try bytes.span.bytes.withUnsafeBytes { raw throws(SystemError) in try sink.take(raw) }
      case .received(let bytes):
        try bytes.withUnsafeBytes { raw throws(SystemError) in try sink.take(raw) }
      }
    }
  }

  private struct State {
    var queue: [Piece] = []
    /// The bytes in the queue and in the hands of the thread.
    var queuedBytes = 0
    /// Whether a turn is under way or asked for.
    var isServed = false
    var failure: ArtifactError?
    /// The task that waits until no more than `mark` bytes are queued.
    var waiter: (mark: Int, continuation: CheckedContinuation<Void, Never>)?

    mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
      guard let waiter, queuedBytes <= waiter.mark else { return nil }
      self.waiter = nil
      return waiter.continuation
    }
  }

  private let folder: ArtifactFolder
  private let state = Mutex(State())
  /// Used by one turn at a time.
  private let sink: Mutex<ContentSink>

  /// What the content had before this writer, in bytes.
  package let earlierBytes: Int64

  init(_ file: TemporaryFile, in folder: ArtifactFolder, expectedBytes: Int64?) {
    self.folder = folder
    earlierBytes = 0
    self.sink = Mutex(ContentSink(file, expectedBytes: expectedBytes))
  }

  /// Goes on with what is in the file. Blocks.
  init(continuing file: TemporaryFile, in folder: ArtifactFolder) throws(SystemError) {
    self.folder = folder
    let sink = try ContentSink(continuing: file)
    earlierBytes = sink.size
    self.sink = Mutex(sink)
  }

  /// Takes the bytes; an error is that of any piece before, and ends the writer.
  package func write(_ bytes: [UInt8]) async throws(ArtifactError) {
    try await enqueue([.array(bytes)])
  }

  /// Takes bytes where they were received, without a copy.
  package func write(_ bytes: [ReceivedBytes]) async throws(ArtifactError) {
    try await enqueue(bytes.map { .received($0) })
  }

  /// Waits until everything is hashed, written and on the disk. The last call.
  package func finish() async throws(ArtifactError) -> StoredContent {
    try await wait(until: 0)
    do {
      return try await folder.executor.run {
        try self.sink.withLock { try $0.finish(synchronizes: self.folder.synchronizes) }
      }
    } catch {
      throw Self.failure(error)
    }
  }

  /// Waits until nothing is written any more: the content stays as it is then, for the next writer.
  package func settle() async {
    try? await wait(until: 0)
  }

  /// Nobody continues the content: it goes with this writer.
  package func discard() {
    sink.withLock { $0.file.markUnneeded() }
  }

  private func enqueue(_ pieces: [Piece]) async throws(ArtifactError) {
    let count = pieces.reduce(0) { $0 + $1.count }
    let needsTurn = try state.withLock { state throws(ArtifactError) in
      if let failure = state.failure { throw failure }
      state.queue += pieces
      state.queuedBytes += count
      defer { state.isServed = true }
      return !state.isServed
    }
    if needsTurn { folder.executor.submit { self.takeTurn() } }
    if state.withLock({ $0.queuedBytes > Self.maximumQueuedBytes }) {
      try await wait(until: Self.resumeQueuedBytes)
    }
  }

  private func wait(until mark: Int) async throws(ArtifactError) {
    await withCheckedContinuation { continuation in
      let resumed = state.withLock { state in
        state.waiter = (mark, continuation)
        return state.takeWaiter()
      }
      resumed?.resume()
    }
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }

  /// Works off the queue until it is empty or the turn is over. Turns of one writer never overlap.
  private func takeTurn() {
    var turnBytes = 0
    while turnBytes < Self.maximumTurnBytes {
      let pieces = state.withLock { state in
        let pieces = state.queue
        state.queue = []
        if pieces.isEmpty { state.isServed = false }
        return pieces
      }
      if pieces.isEmpty { return }
      for piece in pieces {
        do {
          try sink.withLock { sink throws(SystemError) in try piece.give(to: &sink) }
        } catch {
          return fail(error)
        }
        turnBytes += piece.count
        let waiter = state.withLock { state in
          state.queuedBytes -= piece.count
          return state.takeWaiter()
        }
        waiter?.resume()
      }
    }
    folder.executor.submit { self.takeTurn() }
  }

  /// Drops what is queued; whoever waits learns the failure. No further turn is taken.
  private func fail(_ error: SystemError) {
    let waiter = state.withLock { state in
      state.failure = Self.failure(error)
      state.queue = []
      state.queuedBytes = 0
      return state.takeWaiter()
    }
    waiter?.resume()
  }

  private static func failure(_ error: any Error) -> ArtifactError {
    guard let error = error as? SystemError else {
      return ArtifactError(.inputOutput, "cannot store", cause: error)
    }
    return ArtifactError("cannot store", error)
  }
}
