/// What a runner needs to start a worker for one attempt of a job.
package struct DispatchRequest: Sendable, CustomStringConvertible {
  /// Where the worker finds the matriz: an `http` or `https` origin.
  package var callbackURL: String
  /// The job's token. A secret: no log, no error, no description has it.
  package var token: String
  /// The image for the worker's container; `nil` takes the runner's own.
  package var image: String?
  package var runID: String
  package var jobID: String
  /// The job's attempt, from 1.
  package var attempt: Int

  package init(
    callbackURL: String, token: String, image: String? = nil, runID: String, jobID: String, attempt: Int
  ) {
    self.callbackURL = callbackURL
    self.token = token
    self.image = image
    self.runID = runID
    self.jobID = jobID
    self.attempt = attempt
  }

  /// Which attempt of which job; without the token.
  package var description: String { "run \(runID), job \(jobID), attempt \(attempt)" }
}
