internal import Forge
internal import Synchronization

/// The check runs that GitHub is known to have, so that not every update begins with a search. Only a memory: what is not
/// in it is looked up.
final class KnownChecks: Sendable {
  /// What a check run of ours is found by.
  struct Key: Hashable, Sendable {
    let repository: RepositoryName
    let sha: String
    let name: String
    let externalID: String
  }

  /// A check run as GitHub has it.
  struct Run: Sendable {
    let id: Int64
    var state: Check.State
    var annotationCount: Int
  }

  /// More than run at a time; when there are more, all are forgotten.
  private static let maximumRuns = 2_000

  private let runs = Mutex<[Key: Run]>([:])

  subscript(key: Key) -> Run? {
    get { runs.withLock { $0[key] } }
    set {
      runs.withLock { runs in
        if runs.count >= Self.maximumRuns, runs[key] == nil { runs.removeAll() }
        runs[key] = newValue
      }
    }
  }
}
