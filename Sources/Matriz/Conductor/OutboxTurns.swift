import Platform

/// In which order lanes have their turn, and how many have it at once.
struct OutboxTurns: Sendable {
  /// When a lane that is not busy has something to do.
  struct Turn: Hashable, Comparable {
    let time: Timestamp
    let entry: Int64
    let lane: String

    init(_ entry: OutboxEntry) {
      time = entry.notBefore
      self.entry = entry.id
      lane = entry.lane
    }

    static func < (left: Turn, right: Turn) -> Bool {
      (left.time, left.entry) < (right.time, right.entry)
    }
  }

  let maximumAtOnce: Int
  var busyCount = 0
  /// In order; one for each lane that is not busy.
  private var turns: [Turn] = []

  init(maximumAtOnce: Int) {
    self.maximumAtOnce = maximumAtOnce
  }

  /// `nil` when there is no room.
  var next: Turn? { busyCount < maximumAtOnce ? turns.first : nil }

  mutating func insert(_ turn: Turn) {
    turns.insert(turn, at: place(of: turn))
  }

  mutating func remove(_ turn: Turn) {
    let place = place(of: turn)
    if place < turns.count, turns[place] == turn { turns.remove(at: place) }
  }

  /// The first index whose turn is not before this one.
  private func place(of turn: Turn) -> Int {
    var (low, high) = (0, turns.count)
    while low < high {
      let middle = low + (high - low) / 2
      if turns[middle] < turn { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
