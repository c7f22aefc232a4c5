internal import Platform
internal import Synchronization

/// How far GitHub's clock is from ours, by the field `Date` of its answers.
///
/// Ours is the one that counts until GitHub refuses what was made by it.
final class ServerClock: Sendable {
  /// Clocks that differ by less are together: `Date` has whole seconds, and answers take their time.
  private static let toleranceMilliseconds: Int64 = 30_000

  private struct State {
    var correction: Int64 = 0
    var measured: Int64 = 0
  }

  private let state = Mutex(State())

  func observe(_ date: String?, at now: Timestamp) {
    guard let date = date.flatMap(HTTPDate.init) else { return }
    state.withLock { $0.measured = date.timestamp.milliseconds - now.milliseconds }
  }

  func time(at now: Timestamp) -> Timestamp {
    Timestamp(milliseconds: now.milliseconds + state.withLock { $0.correction })
  }

  /// GitHub's clock counts from now on.
  ///
  /// - Returns: whether that makes a difference.
  func adopt() -> Bool {
    state.withLock { state in
      guard abs(state.measured - state.correction) > Self.toleranceMilliseconds else { return false }
      state.correction = state.measured
      return true
    }
  }
}
