/// A dispatch of ours that the runner has and that may still have a worker.
package struct RunnerJob: Hashable, Sendable {
  package var handle: String
  package var runID: String
  package var jobID: String
  package var attempt: Int

  package init(handle: String, runID: String, jobID: String, attempt: Int) {
    self.handle = handle
    self.runID = runID
    self.jobID = jobID
    self.attempt = attempt
  }
}
