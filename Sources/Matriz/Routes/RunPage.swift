import ArtifactStore
import Platform
import RunModel

/// A run as one plain page: its state, its jobs and steps, its artifacts, its log. No script: while the run goes on, the
/// page loads itself anew.
struct RunPage {
  /// What of a job's log is shown.
  struct ShownLog {
    let jobID: String
    let bytes: [UInt8]
    /// There is more before it.
    let isCut: Bool
  }

  /// How often an unfinished run's page is loaded.
  private static let refreshSeconds = 2

  let run: Run
  let artifacts: [Artifact]
  let logs: [ShownLog]

  var html: String {
    let title = "\(run.source.repository) #\(run.number)"
    let refresh = run.state.isFinal ? "" : "<meta http-equiv=\"refresh\" content=\"\(Self.refreshSeconds)\">"
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">\(refresh)
      <title>\(escaped(run.state.rawValue)): \(escaped(title))</title>
      <style>\(Self.style)</style>
      </head>
      <body>
      <header><span class="badge \(run.state.rawValue)">\(run.state.rawValue)</span> <h1>\(escaped(title))</h1>
      <p>\(escaped(run.source.title))</p></header>
      \(facts)
      \(run.jobs.map(section).joined(separator: "\n"))
      \(artifactTable)
      </body>
      </html>

      """
  }

  private var facts: String {
    var rows = [
      ("Commit", "<code>\(escaped(run.source.sha))</code>"),
      ("Ref", "<code>\(escaped(run.source.ref))</code>"),
      ("Event", escaped(run.source.event.rawValue)), ("Created", time(run.createdAt)),
    ]
    if let merge = run.source.mergeSha {
      rows.insert(("Merge commit", "<code>\(escaped(merge))</code>"), at: 1)
    }
    if let reason = run.reason {
      rows.insert(("Reason", escaped(reason)), at: 0)
    } else if let cancellation = run.cancellation {
      rows.insert(("Stopping", escaped(cancellation.reason)), at: 0)
    }
    if let cancellation = run.cancellation { rows.append(("Cancelled", time(cancellation.requestedAt))) }
    if run.attempt > 1 {
      rows.append(("Attempt", "\(run.attempt)" + (run.rerunBy.map { ", wanted by \(escaped($0))" } ?? "")))
    }
    for earlier in run.earlierAttempts {
      let reason = earlier.reason.map { ": \(escaped($0))" } ?? ""
      rows.append(("Attempt \(earlier.attempt)", "\(earlier.state.rawValue)\(reason)"))
    }
    if let duration = duration(run.startedAt, run.finishedAt) { rows.append(("Duration", duration)) }
    for asset in run.assets {
      rows.append(("Release asset", "\(escaped(asset.name)) (\(asset.state.rawValue))"))
    }
    return "<dl>" + rows.map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }.joined() + "</dl>"
  }

  private func section(_ job: Job) -> String {
    let worker =
      job.worker.map { " on \(escaped($0.hostname)) (\(escaped($0.system))/\(escaped($0.architecture)))" }
      ?? ""
    let steps = job.steps.map { step in
      let note = step.reason ?? step.exitCode.map { $0 == 0 ? "" : "exit code \($0)" } ?? ""
      return "<tr><td><span class=\"badge \(step.state.rawValue)\">\(step.state.rawValue)</span></td>"
        + "<td>\(escaped(step.plan.name))</td><td>\(duration(step.startedAt, step.finishedAt) ?? "")</td>"
        + "<td>\(escaped(note))</td></tr>"
    }
    return """
      <section id="\(job.id)"><h2>\(escaped(job.name)) <span class="badge \(job.state.rawValue)">\(job.state.rawValue)</span></h2>
      \(job.earlierAttempts.map { line($0, of: job) }.joined())
      <p class="quiet">Attempt \(job.attempt)\(worker)</p>
      <table>\(steps.joined())</table>
      \(logPart(job))
      </section>
      """
  }

  private func line(_ earlier: JobAttempt, of job: Job) -> String {
    let path = "/api/v1/runs/\(run.id)/jobs/\(job.id)/log?attempt=\(earlier.attempt)"
    let reason = earlier.reason.map { ": \(escaped($0))" } ?? ""
    return "<p class=\"quiet\">Attempt \(earlier.attempt) \(earlier.state.rawValue)\(reason)"
      + " (<a href=\"\(path)\">log</a>)</p>"
  }

  private func logPart(_ job: Job) -> String {
    guard let log = logs.first(where: { $0.jobID == job.id }), !log.bytes.isEmpty else {
      return "<p class=\"quiet\">No output\(job.state.isFinal ? "" : " yet").</p>"
    }
    let path = "/api/v1/runs/\(run.id)/jobs/\(job.id)/log"
    let note = log.isCut ? "The end of a longer log. " : ""
    return "<p class=\"quiet\">\(note)<a href=\"\(path)\">Whole log</a></p>"
      + "<pre>\(TerminalText(log.bytes).html)</pre>"
  }

  private var artifactTable: String {
    guard !artifacts.isEmpty else { return "" }
    let rows = artifacts.map { artifact in
      "<tr><td><a href=\"/api/artifacts/\(artifact.id)/download\">\(escaped(artifact.name))</a></td>"
        + "<td>\(artifact.size) bytes</td><td><code>sha256:\(artifact.sha256)</code></td></tr>"
    }
    return "<section><h2>Artifacts</h2><table>\(rows.joined())</table></section>"
  }

  private func time(_ instant: Instant) -> String {
    "<time datetime=\"\(instant.timestamp.rfc3339)\">\(instant.timestamp.rfc3339)</time>"
  }

  private func duration(_ start: Instant?, _ end: Instant?) -> String? {
    guard let start, let end else { return nil }
    let tenths = max(0, end.milliseconds - start.milliseconds) / 100
    return "\(tenths / 10).\(tenths % 10) s"
  }

  private static let style = """
    :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
    body { max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
    h1, h2 { display: inline; font-size: 1.3rem } h2 { font-size: 1.1rem }
    section { margin-top: 2rem } .quiet { opacity: .7; margin: .3rem 0 }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem } dt { opacity: .7 } dd { margin: 0; overflow-wrap: anywhere }
    table { border-collapse: collapse } td { padding: .15rem 1rem .15rem 0; vertical-align: baseline; overflow-wrap: anywhere }
    td { min-width: 3.2rem } .badge { white-space: nowrap; border-radius: .3rem; padding: .1rem .5rem; font-size: .85rem; color: #fff; background: #6b7280 }
    .succeeded { background: #15803d } .failed, .errored { background: #b91c1c } .running, .dispatched { background: #1d4ed8 }
    pre { background: #16181d; color: #e5e7eb; padding: 1rem; overflow-x: auto; border-radius: .4rem; white-space: pre-wrap; overflow-wrap: anywhere }
    .b { font-weight: bold } .c1 { color: #f87171 } .c2 { color: #4ade80 } .c3 { color: #facc15 } .c4 { color: #60a5fa } .c5 { color: #c084fc } .c6 { color: #22d3ee } .c7, .c0 { color: #d1d5db }
    """
}

/// Text for HTML, between tags and in quoted attributes.
func escaped(_ text: String) -> String {
  text.reduce(into: "") { result, character in
    switch character {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default: result.append(character)
    }
  }
}
