/// Which faults this world has, and how often. A world has some of them, not all: the rare courses are those in which
/// one thing keeps failing while everything else works.
struct Weather {
  /// Of a thousand chances, by fault.
  private var perMille = [Int](repeating: 0, count: Fault.allCases.count)

  init(_ random: inout SeededGenerator) {
    // Some worlds have hardly any weather: what goes wrong by itself shows there.
    let share = random.pick([0, 150, 300, 500]) ?? 0
    for fault in Fault.allCases where random.happens(perMille: share) {
      let rate = random.pick([50, 100, 250, 500]) ?? 0
      perMille[fault.rawValue] = fault.isOfCommits ? rate / 10 : rate
    }
  }

  func perMille(_ fault: Fault) -> Int { perMille[fault.rawValue] }
}

extension Fault {
  /// There are many commits.
  fileprivate var isOfCommits: Bool {
    switch self {
    case .transactionFails, .commitFails, .logWriteFails, .crashBeforeCommit, .crashAfterCommit: true
    default: false
    }
  }
}
