/// What mise-ci promises, whatever happens.
package enum Promise: String, CaseIterable, Sendable {
  case oneRunPerDelivery = "every accepted delivery makes exactly one run"
  case oneEnd = "a run reaches one end and stays there"
  case everythingEnds = "once the world is calm, no run is unfinished"
  case forgeLearnsTheEnd = "once the world is calm, the forge shows the end of each run"
  case noReportGoesBack = "a status or check never goes backwards after the final one of its attempt"
  case oneReportAtATime = "no two requests about one commit and context are under way at once"
  case checksAreCompleted = "once the world is calm, the check of each run is completed"
  case commandRunsOnce = "no attempt of a job has a command carried out twice"
  case oneWorkerPerAttempt = "one worker at most serves an attempt"
  case noOrphans = "once the world is calm, nothing runs at the runner"
  case cancelledInQueueStaysThere = "what is cancelled in the queue is never dispatched"
  case limitsHold = "the limits of concurrent jobs are never exceeded"
  case acknowledgedOutputStays = "acknowledged output is never lost, doubled or reordered"
  case everythingIsDone = "once the world is calm, the outbox is empty"
  case attemptsAreVisible = "an attempt is never silently repeated"
  case goneIsNoticed = "a worker that is gone is noticed within its lease"
  case greenMeansAll = "green means that every command succeeded and all of its results are there"
}

/// A promise that was not kept.
package struct Breach: Sendable, Equatable, CustomStringConvertible {
  package let promise: Promise
  /// Of what it was broken, and how.
  package let details: String

  package var description: String { "\(promise.rawValue): \(details)" }
}
