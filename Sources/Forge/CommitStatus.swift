/// What is said about a commit, in one context; a later status in the same context takes its place.
package struct CommitStatus: Sendable, Hashable {
  package enum State: String, Sendable, Hashable {
    case pending
    case success
    /// The user's own commands say no.
    case failure
    /// It could not be found out.
    case error
  }

  /// What forges take for a description.
  package static let maximumDescriptionCharacters = 140

  package let state: State
  /// Who speaks: `mise-ci`, `mise-ci/pr`.
  package let context: String
  /// For a person; cut to `maximumDescriptionCharacters`.
  package let description: String
  /// Where a person reads more.
  package let targetURL: String?

  package init(state: State, context: String, description: String, targetURL: String? = nil) {
    self.state = state
    self.context = context
    self.description = Self.cut(description)
    self.targetURL = targetURL
  }

  /// Forges count code points; a character of several is kept whole or left out.
  private static func cut(_ text: String) -> String {
    guard text.unicodeScalars.count > maximumDescriptionCharacters else { return text }
    var kept = ""
    var room = maximumDescriptionCharacters - 1
    for character in text {
      room -= character.unicodeScalars.count
      if room < 0 { break }
      kept.append(character)
    }
    return kept + "…"
  }
}
