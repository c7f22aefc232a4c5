/// Something to be done in the world because a run changed. Effects are stored with the change, carried out at
/// least once, and repeated after a crash: whoever carries one out makes a second time harmless. One that is
/// answered by an event is forgotten together with the change that the event made, never before.
package enum Effect: Hashable, Codable, Sendable {
  /// Ask the forge for the message of the commit that was pushed; `commitMessageRead` answers, also when the forge
  /// does not.
  case readCommitMessage
  /// Have the runner start a worker. Not any more once the attempt has ended. Until it has, the job has no deadline of
  /// its own: this effect does, and `dispatchFailed` tells of it.
  case dispatch(job: String, attempt: Int)
  /// Have the runner stop what it was given, if it still runs.
  case stop(job: String, attempt: Int, handle: String)
  /// Upload an artifact to the tag's release. Not any more once the run has ended. While uploads are under way the
  /// run has no deadline of its own: this effect's does, and `assetFailed` tells of it.
  case uploadAsset(name: String)
  /// Tell the forge. Only the newest of a run counts: an older one that is still to be carried out, or carried out
  /// again, is dropped, or `pending` would come to stand over the end.
  case reportStatus(StatusReport)
  /// Tell the forge how a job is, as it is by then.
  case reportJobStatus(job: String)
  /// Show the forge the check of this attempt of the run, as it is by then.
  case reportCheck
}

/// What the forge is to show for the commit: of the run, or of one job.
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
