import Synchronization

/// Hands out ids in order. (It has a lock only because the rules are used by several threads elsewhere.)
final class Names: Sendable {
  private let last = Mutex(0)

  func next() -> String {
    last.withLock { last in
      last += 1
      return "id\(last)"
    }
  }
}
