/// What will happen, in order of time; what is to happen at the same moment happens in the order in which it was put in.
///
/// A binary heap. Time is milliseconds since the world began.
struct Schedule {
  private struct Entry {
    let time: Int64
    let sequence: UInt64
    let action: () -> Void

    func isBefore(_ other: Entry) -> Bool {
      time == other.time ? sequence < other.sequence : time < other.time
    }
  }

  /// The moment of the action that was taken last.
  private(set) var now: Int64 = 0
  private var entries: [Entry] = []
  private var nextSequence: UInt64 = 0

  var isEmpty: Bool { entries.isEmpty }
  var nextTime: Int64? { entries.first?.time }

  mutating func add(after milliseconds: Int64, _ action: @escaping () -> Void) {
    entries.append(Entry(time: now + max(0, milliseconds), sequence: nextSequence, action: action))
    nextSequence += 1
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].isBefore(entries[parent]) else { break }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  /// Time goes on to the next action, which the caller has happen.
  mutating func takeNext() -> (() -> Void)? {
    guard let first = entries.first else { return nil }
    now = first.time
    let last = entries.removeLast()
    if !entries.isEmpty {
      entries[0] = last
      sink()
    }
    return first.action
  }

  /// Nothing happens until then.
  mutating func skip(to time: Int64) {
    now = max(now, min(time, nextTime ?? time))
  }

  mutating func removeAll() {
    entries = []
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      for child in (2 * parent + 1)...(2 * parent + 2)
      where child < entries.count && entries[child].isBefore(entries[least]) {
        least = child
      }
      guard least != parent else { return }
      entries.swapAt(parent, least)
      parent = least
    }
  }
}
