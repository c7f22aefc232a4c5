import Synchronization

/// Remembers what was told, so that it is told once. When that is too much to remember, it begins anew.
final class ToldOnce: Sendable {
  private static let maximumCount = 1_000

  private let told = Mutex<Set<String>>([])

  /// Whether this is told for the first time.
  func isFirst(_ subject: String) -> Bool {
    told.withLock { told in
      if told.count >= Self.maximumCount { told = [] }
      return told.insert(subject).inserted
    }
  }
}
