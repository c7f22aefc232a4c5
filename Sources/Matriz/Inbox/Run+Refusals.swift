import RunModel

/// Why people cannot have of a run what they want, in words for them; `nil` when they can.
extension Run {
  func refusalOfRerun(onlyFailed: Bool) -> String? {
    if !state.isFinal { return "the run is not over: it is \(state.rawValue)" }
    if jobs.isEmpty { return "the run has no jobs" }
    if onlyFailed, state == .succeeded { return "nothing of the run failed" }
    return nil
  }

  /// - Parameter sha: the commit that is meant.
  func refusalOfApproval(sha: String) -> String? {
    if sha != source.sha { return "the run is about \(source.sha), not \(RunRequest.cited(sha))" }
    if state != .waiting { return "the run does not wait for approval: it is \(state.rawValue)" }
    return nil
  }
}
