import Platform
import Synchronization

/// A bounded hand-over of bytes from callbacks on a thread of their own to one task that pulls them.
///
/// The producer never waits: `offer` tells it when to stop, and `onDemand` when to go on. What was offered before
/// an end or a failure is still given out first.
final class ByteChannel: Sendable {
  private enum End {
    case finished
    case failed(any Error)
  }

  private struct State {
    var chunks: [[UInt8]] = []
    var byteCount = 0
    var end: End?
    var waiter: CheckedContinuation<[UInt8]?, any Error>?
    var isFull = false
    var wasAsked = false
    var isCancelled = false
  }

  private let state = Mutex(State())
  private let maximumBytes: Int
  private let onDemand: @Sendable () -> Void
  private let onAbandon: @Sendable () -> Void

  /// `onDemand` is called at the first pull, and when a full channel is half empty again; `onAbandon` when the
  /// consumer was cancelled or let go of its stream. Both are called on the consumer's thread, without a lock.
  init(
    maximumBytes: Int, onDemand: @escaping @Sendable () -> Void,
    onAbandon: @escaping @Sendable () -> Void = {}
  ) {
    self.maximumBytes = maximumBytes
    self.onDemand = onDemand
    self.onAbandon = onAbandon
  }

  /// The consumer's end; make one.
  func stream(length: Int64?) -> ByteStream {
    let end = ConsumerEnd(channel: self)
    return ByteStream(length: length) { try await end.channel.next() }
  }

  // MARK: The producer

  /// Whether the producer should wait for `onDemand` before it offers more.
  var isFull: Bool { state.withLock { $0.isFull } }

  /// Takes the bytes, always; `false` asks the producer to wait for `onDemand` before it offers more.
  func offer(_ bytes: [UInt8]) -> Bool {
    guard !bytes.isEmpty else { return true }
    let (waiter, hasRoom) = state.withLock { state -> (CheckedContinuation<[UInt8]?, any Error>?, Bool) in
      guard state.end == nil else { return (nil, true) }
      if let waiter = state.waiter {
        state.waiter = nil
        return (waiter, true)
      }
      state.chunks.append(bytes)
      state.byteCount += bytes.count
      // Only `pull` takes the mark away, since only that tells the producer, who waits for it from here on.
      if state.byteCount >= maximumBytes { state.isFull = true }
      return (nil, !state.isFull)
    }
    waiter?.resume(returning: bytes)
    return hasRoom
  }

  func finish() {
    end(.finished)
  }

  func fail(_ error: any Error) {
    end(.failed(error))
  }

  private func end(_ end: End) {
    let waiter = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
      guard state.end == nil else { return nil }
      state.end = end
      defer { state.waiter = nil }
      return state.waiter
    }
    guard let waiter else { return }
    Self.resume(waiter, end)
  }

  private static func resume(_ waiter: CheckedContinuation<[UInt8]?, any Error>, _ end: End) {
    switch end {
    case .finished: waiter.resume(returning: nil)
    case .failed(let error): waiter.resume(throwing: error)
    }
  }

  // MARK: The consumer

  private func next() async throws -> [UInt8]? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { pull($0) }
    } onCancel: {
      cancel()
    }
  }

  private enum Pull {
    case chunk([UInt8])
    case ended(End)
    case cancelled, wait
  }

  private func pull(_ continuation: CheckedContinuation<[UInt8]?, any Error>) {
    let (pull, isDemand) = state.withLock { state -> (Pull, Bool) in
      // The cancellation may have come before the continuation was there to be resumed.
      if state.isCancelled { return (.cancelled, false) }
      var isDemand = !state.wasAsked
      state.wasAsked = true
      guard !state.chunks.isEmpty else {
        if let end = state.end { return (.ended(end), false) }
        state.waiter = continuation
        return (.wait, isDemand)
      }
      let chunk = state.chunks.removeFirst()
      state.byteCount -= chunk.count
      if state.isFull, state.byteCount <= maximumBytes / 2 {
        state.isFull = false
        isDemand = true
      }
      return (.chunk(chunk), isDemand)
    }
    if isDemand { onDemand() }
    switch pull {
    case .chunk(let chunk): continuation.resume(returning: chunk)
    case .ended(let end): Self.resume(continuation, end)
    case .cancelled: continuation.resume(throwing: CancellationError())
    case .wait: break
    }
  }

  private func cancel() {
    let waiter = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
      state.isCancelled = true
      defer { state.waiter = nil }
      return state.waiter
    }
    onAbandon()
    waiter?.resume(throwing: CancellationError())
  }

  /// Goes when the stream that holds it goes.
  private final class ConsumerEnd: Sendable {
    let channel: ByteChannel

    init(channel: ByteChannel) {
      self.channel = channel
    }

    deinit {
      channel.abandon()
    }
  }

  private func abandon() {
    let isUnfinished = state.withLock { state in
      defer { state.chunks = [] }
      return state.end == nil
    }
    if isUnfinished { onAbandon() }
  }
}
