/// Something to be done in the world because a run changed. Effects are stored with the change, carried out at
/// least once, and repeated after a crash: whoever carries one out makes a second time harmless.
package enum Effect: Hashable, Codable, Sendable {
  /// Have the runner start a worker.
  case dispatch(job: String, attempt: Int)
  /// Have the runner stop what it was given, if it still runs.
  case stop(job: String, attempt: Int, handle: String)
  /// Upload an artifact to the tag's release.
  case uploadAsset(name: String)
  /// Tell the forge.
  case reportStatus(StatusReport)
}

/// What the forge is to show for the run's commit.
package struct StatusReport: Hashable, Codable, Sendable {
  package enum State: String, Codable, Sendable {
    case pending, success, failure, error
  }

  package var state: State
  package var description: String

  package init(state: State, description: String) {
    self.state = state
    self.description = description
  }
}
