import Synchronization

/// Something that an event loop will do later, unless it is cancelled.
package final class ScheduledTask: Sendable {
  private let body: Mutex<(@Sendable () -> Void)?>

  init(body: @escaping @Sendable () -> Void) {
    self.body = Mutex(body)
  }

  /// Takes effect when the body has not begun yet; what the body holds is released at once.
  package func cancel() {
    let dropped = body.withLock { body in
      defer { body = nil }
      return body
    }
    _ = dropped
  }

  var isCancelled: Bool {
    body.withLock { $0 == nil }
  }

  func run() {
    let body = body.withLock { body in
      defer { body = nil }
      return body
    }
    body?()
  }
}

/// Timers by deadline (a binary heap). Confined to one thread.
struct TimerHeap {
  private struct Entry {
    let deadline: Int64
    let task: ScheduledTask
  }

  private var entries: [Entry] = []

  /// The deadline of the first timer, in nanoseconds of the monotonic clock.
  var nextDeadline: Int64? { entries.first?.deadline }

  mutating func insert(_ task: ScheduledTask, at deadline: Int64) {
    sweepIfMostAreCancelled()
    entries.append(Entry(deadline: deadline, task: task))
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if entries[parent].deadline <= entries[child].deadline { break }
      entries.swapAt(parent, child)
      child = parent
    }
  }

  /// Takes out every timer whose time has come, earliest first; the caller runs them.
  mutating func takeDue(at now: Int64) -> [ScheduledTask] {
    var due: [ScheduledTask] = []
    while let first = entries.first, first.deadline <= now {
      due.append(first.task)
      removeFirst()
    }
    return due
  }

  private mutating func removeFirst() {
    entries.swapAt(0, entries.count - 1)
    entries.removeLast()
    siftDown(from: 0)
  }

  private mutating func siftDown(from start: Int) {
    var parent = start
    while true {
      var smallest = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
        if entries[child].deadline < entries[smallest].deadline { smallest = child }
      }
      if smallest == parent { return }
      entries.swapAt(parent, smallest)
      parent = smallest
    }
  }

  /// Cancelled timers stay in the heap until they are due; when they could fill it, they are taken out.
  private mutating func sweepIfMostAreCancelled() {
    guard entries.count >= 1_024, entries.count.nonzeroBitCount == 1 else { return }
    entries.removeAll { $0.task.isCancelled }
    for index in stride(from: entries.count / 2, through: 0, by: -1) { siftDown(from: index) }
  }
}
