import Platform
import Synchronization

/// Hands a request's body from the task that pulls it to libcurl, which asks for it on a thread of its own:
/// one chunk at a time, so a slow peer slows the producer.
final class UploadPipe: Sendable {
  enum Part {
    case bytes(Int)
    case end
    /// Nothing is there yet; `onAvailable` will be called.
    case wait
    case failed(HTTPClientError)
  }

  private struct State {
    var chunk: ArraySlice<UInt8> = []
    var sentBytes: Int64 = 0
    var isEnded = false
    var isClosed = false
    var failure: HTTPClientError?
    var producer: CheckedContinuation<Bool, Never>?

    mutating func takeProducer() -> CheckedContinuation<Bool, Never>? {
      defer { producer = nil }
      return producer
    }
  }

  private let state = Mutex(State())
  private let task = Mutex<Task<Void, Never>?>(nil)
  private let stream: ByteStream
  private let onAvailable = Mutex<(@Sendable () -> Void)?>(nil)

  init(_ stream: ByteStream) {
    self.stream = stream
  }

  var length: Int64? { stream.length }

  /// Begins to pull. `onAvailable` is called whenever `take` can go on.
  func start(onAvailable: @escaping @Sendable () -> Void) {
    self.onAvailable.withLock { $0 = onAvailable }
    task.withLock { task in
      task = Task { [self] in
        do {
          while let chunk = try await stream.next() {
            guard await put(chunk) else { return }
          }
          end(nil)
        } catch {
          end(HTTPClientError(.bodyFailed, "the request's body failed", cause: error))
        }
      }
    }
  }

  /// Nobody takes any more: ends the task.
  func close() {
    let producer = state.withLock { state in
      state.isClosed = true
      state.chunk = []
      return state.takeProducer()
    }
    producer?.resume(returning: false)
    onAvailable.withLock { $0 = nil }
    task.withLock { task in
      task?.cancel()
      task = nil
    }
  }

  /// Copies what is there into `memory`.
  func take(into memory: UnsafeMutableRawBufferPointer) -> Part {
    let (part, producer) = state.withLock { state -> (Part, CheckedContinuation<Bool, Never>?) in
      if let failure = state.failure { return (.failed(failure), nil) }
      guard !state.chunk.isEmpty else { return (state.isEnded ? .end : .wait, nil) }
      let count = min(memory.count, state.chunk.count)
      state.chunk.prefix(count).withUnsafeBytes { memory.copyMemory(from: $0) }
      state.chunk = state.chunk.dropFirst(count)
      return (.bytes(count), state.chunk.isEmpty ? state.takeProducer() : nil)
    }
    producer?.resume(returning: true)
    return part
  }

  /// Waits until the chunk is taken; `false` when nobody will.
  private func put(_ chunk: [UInt8]) async -> Bool {
    await withCheckedContinuation { continuation in
      let isClosed = state.withLock { state in
        if state.isClosed { return true }
        state.sentBytes += Int64(chunk.count)
        if let length = stream.length, state.sentBytes > length {
          state.failure = wrongLength(state.sentBytes, length)
          return true
        }
        state.chunk = chunk[...]
        state.producer = continuation
        return false
      }
      if isClosed { continuation.resume(returning: false) }
      tellAvailable()
    }
  }

  private func end(_ failure: HTTPClientError?) {
    state.withLock { state in
      state.isEnded = true
      state.failure = state.failure ?? failure
      if let length = stream.length, state.sentBytes < length, state.failure == nil {
        state.failure = wrongLength(state.sentBytes, length)
      }
    }
    tellAvailable()
  }

  private func wrongLength(_ sent: Int64, _ length: Int64) -> HTTPClientError {
    HTTPClientError(
      .bodyFailed,
      "the request's body gave \(sent > length ? "more than the" : "\(sent) of the") \(length) bytes it announced"
    )
  }

  private func tellAvailable() {
    onAvailable.withLock { $0 }?()
  }
}
