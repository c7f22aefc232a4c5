import Platform

/// Has a log on the disk and says how far it is: one write to the disk at a time, and the next one is for all that came
/// meanwhile. So what is acknowledged is durable, and many messages share one wait for the disk.
package final class LogAcknowledgement: Sendable {
  private struct State {
    var isUnderWay = false
    /// More was appended since the present round began.
    var hasMore = false
    var hasEnded = false
    var failure: (any Error)?
  }

  private let log: JobLog
  private let send: @Sendable (Int64) async throws -> Void
  private let failed: @Sendable (any Error) -> Void
  private let state = Watched(State())

  /// - Parameters:
  ///   - send: tells the worker up to where its output is durable.
  ///   - failed: that could not be; it is called once, and nothing is acknowledged any more.
  package init(
    of log: JobLog, send: @escaping @Sendable (Int64) async throws -> Void,
    failed: @escaping @Sendable (any Error) -> Void
  ) {
    self.log = log
    self.send = send
    self.failed = failed
  }

  /// Something was appended, or dropped on purpose.
  package func appended() {
    let begins = state.withLock { state in
      guard !state.hasEnded, state.failure == nil else { return false }
      guard state.isUnderWay else {
        state.isUnderWay = true
        return true
      }
      state.hasMore = true
      return false
    }
    if begins { Task { await work() } }
  }

  /// Waits until all that was appended is acknowledged.
  package func finish() async throws {
    if let failure = try await state.value(where: { $0.isUnderWay ? nil : Optional($0.failure) }) {
      throw failure
    }
  }

  /// Nothing is acknowledged any more; waits for what is under way.
  package func end() async {
    state.withLock { $0.hasEnded = true }
    _ = try? await state.value { $0.isUnderWay ? nil : true }
  }

  private func work() async {
    do {
      repeat {
        let offset = try await log.synchronize()
        if !state.withLock(\.hasEnded) { try await send(offset) }
      } while goesOn()
    } catch {
      state.withLock { $0.failure = error }
      failed(error)
      // Whoever waits for this is not ahead of those who were told.
      state.withLock { $0.isUnderWay = false }
    }
  }

  private func goesOn() -> Bool {
    state.withLock { state in
      state.isUnderWay = state.hasMore && !state.hasEnded
      state.hasMore = false
      return state.isUnderWay
    }
  }
}
