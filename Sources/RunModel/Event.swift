/// Something that happened to a run. Events of a job carry the attempt they belong to: one of an earlier attempt
/// comes late, and changes nothing.
package enum Event: Hashable, Sendable {
  /// What the head commit's message asks for: the marker that it has (`[skip ci]`), or `nil` when it has none or the
  /// forge could not be asked. The run waits for this where it was made with `readsCommitMessage`.
  case commitMessageRead(skipMarker: String?)
  /// There is room for the job: it is dispatched.
  case admitted(job: String, attempt: Int)
  /// The runner took the job. However often one attempt is dispatched, its handle is the same.
  case dispatched(job: String, attempt: Int, handle: String)
  /// The runner will not take it, or could not be reached in time.
  case dispatchFailed(job: String, attempt: Int, reason: String)
  /// Why the runner has not started the worker yet, in its own words.
  case runnerWaits(job: String, attempt: Int, reason: String)
  /// The job's worker connected, for the first time or again. Another process than the first is not taken: it
  /// changes nothing, and `Job.worker` says who it should have been.
  case workerConnected(job: String, attempt: Int, worker: WorkerIdentity)
  /// The connection is gone; the worker may come back within its lease. Tell it of the connection in use, not of one
  /// that a reconnect has replaced.
  case workerAway(job: String, attempt: Int)
  /// The worker is gone for good, by the runner's own word.
  case workerLost(job: String, attempt: Int, reason: String)
  /// The worker was told to carry out a step (again, after a reconnect).
  case stepStarted(job: String, attempt: Int, step: Int)
  /// The step of `Job.command` ended, whether or not its start was told before.
  case stepFinished(job: String, attempt: Int, step: Int, outcome: StepOutcome)
  /// The step has written nothing for so many seconds, which is its limit.
  case outputStalled(job: String, attempt: Int, step: Int, seconds: Int)
  /// The worker was to stop its command and does not know how.
  case cannotStop(job: String, attempt: Int)
  /// The artifact is with the release.
  case assetUploaded(name: String)
  /// It will not get there: refused, or not possible in time.
  case assetFailed(name: String, reason: String)
  /// Somebody who may say so says that the run may be carried out, for this commit.
  case approved(by: String, sha: String)
  /// The server has started, perhaps again: nobody is connected to it, and what could not reach it while it was away is
  /// not late because of that.
  case serverStarted
  /// Somebody wants the run to stop.
  case cancelRequested(by: String)
  /// A newer run, which `by` names, has made this one pointless.
  case superseded(by: String)
  /// Somebody wants a run that has ended to be done again: all of it, or the jobs that did not succeed.
  case rerunRequested(by: String, onlyFailed: Bool)
  /// The repository has another name and address, and so has what the run is about, also when it has ended.
  case repositoryMoved(to: String, cloneURL: String)
  /// The moment of `Run.deadline` has come. Too early, it changes nothing: ask for the deadline again.
  case deadlineReached
}

/// How a step ended.
package enum StepOutcome: Hashable, Sendable {
  /// The program ended with this code; 0 is success.
  case exited(code: Int)
  /// It could not be carried out, for a reason that the user can mend: a missing file.
  case refused(reason: String)
  /// Ours or the machine's fault.
  case broke(reason: String)
}
