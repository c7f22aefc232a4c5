import Platform
import RunModel
import Runner

/// Compares what the runner has of ours with the runs, when the matriz starts and every few minutes: workers whose
/// attempt is over are stopped. A dispatch that nobody heard the answer of, or a stop that was lost with a database
/// that was restored, ends so. What has ended long ago is forgotten there.
struct OrphanSearch: Sendable {
  private static let intervalSeconds = 300
  /// The runner may be away when we start.
  private static let retryBackoff = Backoff(firstSeconds: 1, maximumSeconds: 60)

  let conductor: Conductor
  let runner: any Runner
  let logger: Logger

  /// Until it is cancelled.
  func run() async {
    var failures = 0
    while !Task.isCancelled {
      do {
        try await search()
        try await runner.forgetEnded()
        failures = 0
      } catch {
        failures += 1
        if failures == 1, !Task.isCancelled {
          logger.warning("it could not be looked for workers whose jobs are over", ["error": "\(error)"])
        }
      }
      let seconds =
        failures == 0
        ? Double(Self.intervalSeconds) : Self.retryBackoff.delaySeconds(afterTries: failures)
      try? await Task.sleep(for: .seconds(seconds))
    }
  }

  func search() async throws {
    // What is dispatched after this is not in the list: its run is read later, so it cannot look older than it is.
    for job in try await runner.list() {
      guard let run = try await conductor.run(job.runID) else {
        // Another matriz may use the same runner.
        logger.debug("the runner has a worker of a run that is not known here", ["handle": job.handle])
        continue
      }
      guard run.isOver(job, at: conductor.now().instant) else { continue }
      logger.info("a worker whose job is over is stopped", ["run": run.id, "handle": job.handle])
      try await runner.cancel(job.handle)
    }
  }
}

extension Run {
  /// A worker that was told to go may take this long.
  private static let leavingSeconds = 60

  /// Whether nobody waits for this worker any more.
  func isOver(_ worker: RunnerJob, at now: Instant) -> Bool {
    guard let job = job(worker.jobID) else { return true }
    if job.attempt > worker.attempt { return true }
    guard job.attempt == worker.attempt, job.state.isFinal, let end = job.finishedAt else { return false }
    return end.adding(seconds: Self.leavingSeconds) <= now
  }
}
