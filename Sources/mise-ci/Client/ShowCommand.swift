import HTTP
import Platform

/// `mise-ci show RUN`: a run with its jobs and their steps.
enum ShowCommand {
  static let command = Command(
    "show", "Shows a run, its jobs and their steps.", discussion: APIClient.discussion,
    options: [.init("json", "Print what the server says, as JSON.")] + APIClient.options,
    arguments: [.init("RUN", "The run's id.")])

  static func run(_ values: CommandLineValues) async throws -> Int32 {
    let id = try values.runID()
    return try await APIClient.with(values) { api in
      if values.has("json") {
        printJSON(try await api.get("/api/v1/runs/\(id)").json())
      } else {
        print(text(try await api.run(id)), terminator: "")
      }
      return 0
    }
  }

  private static func text(_ run: RunAnswer) -> String {
    var facts = [
      ["run", run.id], ["number", "#\(run.number) of \(run.repository)"], ["title", run.title],
      ["event", run.event], ["ref", run.ref], ["commit", run.sha], ["state", run.state],
    ]
    if let reason = run.reason { facts.append(["reason", reason]) }
    if let cancellation = run.cancellation {
      facts.append(["stopped", "\(cancellation.reason), at \(cancellation.requestedAt.rfc3339)"])
    }
    for earlier in run.earlierAttempts ?? [] { facts.append(["attempt \(earlier.attempt)", text(earlier)]) }
    facts.append(["attempt", "\(run.attempt)" + (run.rerunBy.map { ", wanted by \($0)" } ?? "")])
    facts.append(["created", run.createdAt.rfc3339])
    facts.append(["took", duration(from: run.startedAt, to: run.finishedAt)])
    return table(facts) + run.jobs.map { "\n" + text($0) }.joined()
  }

  private static func text(_ job: JobAnswer) -> String {
    var words = ["job \(job.name)", job.state, "attempt \(job.attempt)"]
    if let worker = job.worker { words.append("on \(worker)") }
    if let reason = job.reason { words.append(reason) }
    let earlier = (job.earlierAttempts ?? []).map { "  attempt \($0.attempt): \(text($0))" }
    let steps = job.steps.map { step in
      [
        "", step.name, step.state, duration(from: step.startedAt, to: step.finishedAt),
        step.reason ?? step.exitCode.flatMap { $0 == 0 ? nil : "exit code \($0)" } ?? "",
      ]
    }
    return ([words.joined(separator: ", ")] + earlier).map { plainText($0) + "\n" }.joined() + table(steps)
  }

  private static func text(_ attempt: AttemptAnswer) -> String {
    attempt.state + (attempt.reason.map { ", \($0)" } ?? "")
  }
}
