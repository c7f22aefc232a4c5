import Platform

/// Brings a stream's bytes to a library that asks for them on a blocked thread.
///
/// While the thread works, the task that waits for it pulls the stream whenever the thread asks; so nothing is read ahead, and
/// nothing blocks but the thread.
final class ArchiveSource: Sendable {
  private struct State {
    var isWanted = false
    var isBusy = false
    var given: Result<[UInt8]?, any Error>?
    /// Once the stream has failed, it is not asked again.
    var failure: (any Error)?
    var receivedBytes: Int64 = 0
  }

  private let stream: ByteStream
  private let state = Watched(State())
  private let answer = Semaphore()

  init(_ stream: ByteStream) {
    self.stream = stream
  }

  /// How many bytes the stream has given.
  var receivedBytes: Int64 { state.withLock { $0.receivedBytes } }

  /// Runs `body`, which may call `take`, on the executor. Throws what the stream threw, where that is the reason.
  func serving<T: Sendable>(
    _ executor: BlockingExecutor, _ body: @escaping @Sendable () throws -> T
  ) async throws -> T {
    state.withLock { $0.isBusy = true }
    async let result = executor.run { [self] in
      defer { state.withLock { $0.isBusy = false } }
      return try body()
    }
    do {
      while try await isWanted() { give(.success(try await stream.next())) }
    } catch {
      // The thread is waiting, or will ask: it learns that there is nothing more.
      give(.failure(error))
    }
    do {
      return try await result
    } catch {
      throw state.withLock { $0.failure } ?? error
    }
  }

  /// The next chunk; `nil` at the stream's end. Blocks; called by `body` only.
  func take() throws -> [UInt8]? {
    let failure = state.withLock { state in
      if state.failure == nil { state.isWanted = true }
      return state.failure
    }
    if let failure { throw failure }
    answer.wait()
    return try state.withLock { state in
      defer { state.given = nil }
      return state.given
    }?.get()
  }

  /// Waits until the thread asks (`true`) or has ended (`false`).
  private func isWanted() async throws -> Bool {
    try await state.value { state in state.isWanted ? true : state.isBusy ? nil : false }
  }

  private func give(_ chunk: Result<[UInt8]?, any Error>) {
    let isAwaited = state.withLock { state in
      switch chunk {
      case .success(let bytes): state.receivedBytes += Int64(bytes?.count ?? 0)
      case .failure(let error): state.failure = error
      }
      guard state.isWanted else { return false }
      state.isWanted = false
      state.given = chunk
      return true
    }
    if isAwaited { answer.signal() }
  }
}
