import Masking
import Synchronization

/// The secrets of the worker's job: its tokens, the credentials of clones, what the server names, and what commands
/// name by `::add-mask::`. Everything that leaves the worker as text goes past them.
final class JobSecrets: Sendable {
  private struct State {
    var mask = SecretMask()
    /// Values that cannot be masked, and how many of them the log was not told of.
    var unmasked: Set<String> = []
    var unnoted: [Refusal: Int] = [:]
  }

  private enum Refusal: Hashable {
    case tooShort
    case full
  }

  /// Values that cannot be masked are remembered up to this number, so that each is noted once.
  private static let maximumRememberedValues = 1_024

  private let state = Mutex(State())

  init(_ values: [String] = []) {
    add(values)
  }

  /// Masks these values from now on; empty ones are none.
  func add(_ values: [String]) {
    state.withLock { state in
      for value in state.mask.add(contentsOf: values) where !value.isEmpty {
        guard state.unmasked.count < Self.maximumRememberedValues, state.unmasked.insert(value).inserted
        else { continue }
        state.unnoted[SecretMask.isTooShort(value) ? .tooShort : .full, default: 0] += 1
      }
    }
  }

  var mask: SecretMask { state.withLock { $0.mask } }

  func masked(_ text: String) -> String { mask.masked(text) }

  /// What the log has to say about values that are not masked, without showing them; each is given once.
  func takeNotes() -> [String] {
    let unnoted = state.withLock { state in
      defer { state.unnoted = [:] }
      return state.unnoted
    }
    var notes: [String] = []
    if let count = unnoted[.tooShort] {
      let subject = count == 1 ? "a secret has" : "\(count) secrets have"
      notes.append("\(subject) fewer than \(SecretMask.minimumCharacters) characters: not masked")
    }
    if let count = unnoted[.full] {
      notes.append("secrets are too many or too long: \(count) not masked")
    }
    return notes
  }
}
