import Platform

/// Wakes whoever holds it at the earliest moment that it was set for.
struct Alarm {
  private var time: Timestamp?
  private var task: Task<Void, Never>?

  /// Has `ring` called at `next`, unless it is called earlier anyway; who is called says `rang` first.
  mutating func set(for next: Timestamp?, now: Timestamp, ring: @escaping @Sendable () async -> Void) {
    guard let next else { return }
    if let time, time <= next { return }
    task?.cancel()
    time = next
    let delay = max(0, next.milliseconds - now.milliseconds)
    task = Task {
      guard (try? await Task.sleep(for: .milliseconds(delay))) != nil else { return }
      await ring()
    }
  }

  /// It may be set for a later moment from now on.
  mutating func rang() {
    time = nil
    task = nil
  }

  func cancel() {
    task?.cancel()
  }
}
