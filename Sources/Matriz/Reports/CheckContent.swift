import Forge
import Platform
import RunModel

/// What the forge shows of an attempt of a run: a check.
struct CheckContent {
  private let run: Run
  private let context: String
  private let externalURL: String
  private let details: CheckDetails

  /// - Parameters:
  ///   - context: the name of the check, which is that of the run's status.
  ///   - externalURL: the origin that people are given.
  ///   - details: nothing while the run goes on.
  static func make(
    run: Run, context: String, externalURL: String, details: CheckDetails = CheckDetails()
  ) -> Check {
    CheckContent(run: run, context: context, externalURL: externalURL, details: details).check
  }

  /// The id under which the forge keeps the check of a run's attempt. What waits for approval is completed for the forge,
  /// and GitHub lets no completed check go on: so the attempt has another one after that.
  static func externalID(of run: Run) -> String {
    let attempt = "\(run.id)/\(run.attempt)"
    return run.state == .waiting ? "\(attempt)/\(approval)" : attempt
  }

  /// The last part of the id while the run waits for it.
  static let approval = "approval"

  private var check: Check {
    let page = "\(externalURL)/runs/\(run.id)"
    return Check(
      name: context, externalID: Self.externalID(of: run), state: Self.state(of: run), detailsURL: page,
      startedAt: run.startedAt?.timestamp, completedAt: run.finishedAt?.timestamp,
      title: run.statusReport.description,
      summary: CheckSummary(run: run, page: page, externalURL: externalURL, details: details).markdown,
      text: text, annotations: details.annotations, actions: actions)
  }

  static func state(of run: Run) -> Check.State {
    switch run.state {
    // Somebody has to do something, and the check has the button for it.
    case .waiting: .completed(.actionRequired)
    case .queued, .dispatched: .queued
    case .running: .inProgress
    case .succeeded: .completed(.success)
    case .failed: .completed(.failure)
    case .errored: .completed(isTimedOut(run) ? .timedOut : .failure)
    case .cancelled: .completed(.cancelled)
    case .skipped: .completed(.skipped)
    }
  }

  /// A limit ended it: nothing else stops a job that is `errored` then.
  private static func isTimedOut(_ run: Run) -> Bool {
    run.jobs.contains { $0.state == .errored && $0.stopping?.state == .errored }
  }

  private var text: String? {
    guard let step = details.failedStep, !step.lastLines.isEmpty else { return nil }
    let job = run.jobs.count > 1 ? "\(Markdown.text(step.job)): " : ""
    return
      "The end of the output of \(job)\(Markdown.code(step.name)):\n\n\(Markdown.block(step.lastLines))\n"
  }

  private var actions: [Check.Action] {
    if run.state == .waiting { return [CheckAction.approve.button] }
    guard run.state.isFinal, !run.jobs.isEmpty else { return [] }
    let succeeded = run.jobs.count { $0.state == .succeeded }
    let isMixed = (1..<run.jobs.count).contains(succeeded)
    return [CheckAction.rerun.button] + (isMixed ? [CheckAction.rerunFailed.button] : [])
  }
}

/// What the buttons of a check do. The names are those that the forge keeps and sends back.
enum CheckAction: String, CaseIterable {
  case rerun
  case rerunFailed = "rerun_failed"
  case approve

  var button: Check.Action {
    switch self {
    case .rerun:
      Check.Action(identifier: rawValue, label: "Re-run", description: "Do all of the run again")
    case .rerunFailed:
      Check.Action(
        identifier: rawValue, label: "Re-run failed jobs", description: "Do again what did not succeed")
    case .approve:
      Check.Action(identifier: rawValue, label: "Approve", description: "Let the run of this commit go on")
    }
  }
}
