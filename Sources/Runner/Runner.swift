/// Something that starts a worker for a job of ours, and knows how it fares there.
///
/// Every call has a deadline of its own and may be repeated: a driver makes it idempotent. All errors are
/// `RunnerError`s; `RunnerError.isTransient` says whether the same call may succeed later.
package protocol Runner: Sendable {
  /// Makes the runner ready for dispatches; called at start, and again after a dispatch said `.notFound`.
  func prepare() async throws(RunnerError)

  /// Has a worker started, and answers the handle by which the runner knows it.
  ///
  /// The same run, job and attempt again answers the handle of the first dispatch, also when that one's answer was
  /// lost.
  func dispatch(_ request: DispatchRequest) async throws(RunnerError) -> String

  /// The handle of a dispatch that was made for this run, job and attempt, whatever became of it; `nil` when there
  /// is none.
  func findDispatch(runID: String, jobID: String, attempt: Int) async throws(RunnerError) -> String?

  /// Has the worker stopped. One that ended or is not known is fine.
  func cancel(_ handle: String) async throws(RunnerError)

  /// How the worker fares, as far as the runner can tell.
  func state(_ handle: String) async throws(RunnerError) -> RunnerJobState

  /// The dispatches of ours that have not ended, as far as the runner knows.
  func list() async throws(RunnerError) -> [RunnerJob]

  /// Tells, until the task is cancelled, which dispatches something has happened to: their state may be another one
  /// now. What is told may come late, twice or never: it is no more than a reason to ask. A runner that cannot know
  /// returns at once.
  func watch(_ changed: @escaping @Sendable (_ handle: String) async -> Void) async

  /// Forgets dispatches that ended a good while ago, where the runner would keep them.
  func forgetEnded() async throws(RunnerError)

  /// Closes the connections; what was dispatched goes on.
  func shutdown() async
}

extension Runner {
  package func watch(_ changed: @escaping @Sendable (_ handle: String) async -> Void) async {}

  package func forgetEnded() async throws(RunnerError) {}
}
