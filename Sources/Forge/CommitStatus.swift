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
    self.description = description.cut(toScalars: Self.maximumDescriptionCharacters)
    self.targetURL = targetURL
  }
}
