import ArtifactStore
import Forge
import Platform
import RunModel

/// A run for people who read its check, in Markdown: how it went and why, its jobs and steps, what it made.
struct CheckSummary {
  /// Of more artifacts the rest is counted.
  static let maximumShownArtifacts = 100
  /// Of one reason, name or message: no one of them is to keep the others from being shown.
  static let maximumTextBytes = 1_000

  let run: Run
  /// The run's own page.
  let page: String
  /// The origin that people are given.
  let externalURL: String
  let details: CheckDetails

  var markdown: String {
    let parts =
      [introduction, findings, jobTable] + run.jobs.map(steps) + [artifactTable, assetTable, history]
    let text = parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    return Markdown.cut(
      text, maximumBytes: Check.maximumTextBytes,
      note: "This is not all: see \(Markdown.link("the run", to: page)).")
  }

  // MARK: The run

  private var introduction: String {
    let title = "\(run.source.repository) #\(run.number)"
    var lines = ["\(Markdown.link(title, to: page)) \(sentence)"]
    if run.attempt > 1 {
      lines.append("Attempt \(run.attempt)\(run.rerunBy.map { ", wanted by \(Self.text($0))" } ?? "").")
    }
    if let by = run.approvedBy { lines.append("Approved by \(Self.text(by)).") }
    if run.state == .waiting {
      lines.append(
        "Its commit comes from a fork: it gets no secrets, and begins once somebody has approved it.")
    }
    return lines.joined(separator: "\n\n")
  }

  private var sentence: String {
    let because = run.reason.map { ": \(Self.text($0))" } ?? "."
    let duration = Self.duration(run.startedAt, run.finishedAt).map { " after \($0)" } ?? ""
    return switch run.state {
    case .waiting: "waits for approval."
    case .queued, .dispatched: "is queued."
    case .running:
      run.cancellation.map { "is stopping: \(Self.text($0.reason))" } ?? "is running."
    case .succeeded: "**succeeded**\(duration)."
    case .failed: "**failed**\(duration)\(because)"
    case .errored: "ended with an **error**\(duration)\(because)"
    case .cancelled: "was **cancelled**\(duration)\(because)"
    case .skipped: "was **skipped**\(because)"
    }
  }

  private var history: String {
    guard !run.earlierAttempts.isEmpty else { return "" }
    let rows = run.earlierAttempts.map { earlier in
      [
        "\(earlier.attempt)", earlier.state.rawValue,
        Self.duration(earlier.startedAt, earlier.finishedAt) ?? "", Self.text(earlier.reason ?? ""),
      ]
    }
    return "### Earlier attempts\n\n" + table(["Attempt", "State", "Duration", "Reason"], rows)
  }

  // MARK: Findings

  /// What is not shown at a line.
  private var findings: String {
    var items = details.remarks.map { finding in
      let place = finding.path.map { " \(Markdown.code($0.cut(toBytes: Self.maximumTextBytes)))" } ?? ""
      let title = finding.title.map { "\(Self.text($0)): " } ?? ""
      return "- **\(finding.level.name)**\(place): \(title)\(Self.text(finding.message))"
    }
    items += details.problems.map { "- \(Self.text($0))" }
    if details.dropped > 0 {
      let (noun, verb) = details.dropped == 1 ? ("finding", "is") : ("findings", "are")
      items.append("- \(LogNote.grouped(Int64(details.dropped))) more \(noun) \(verb) not shown.")
    }
    return items.joined(separator: "\n")
  }

  // MARK: Jobs and steps

  private var jobTable: String {
    guard !run.jobs.isEmpty else { return "" }
    let rows = run.jobs.map { job in
      [
        Self.text(job.name), job.state.rawValue, Self.duration(job.startedAt, job.finishedAt) ?? "",
        "\(job.attempt)", Self.text(job.reason ?? ""),
      ]
    }
    return "### Jobs\n\n" + table(["Job", "State", "Duration", "Attempt", "Reason"], rows)
  }

  private func steps(of job: Job) -> String {
    guard job.steps.contains(where: { $0.state != .queued }) else { return "" }
    let rows = job.steps.map { step in
      [
        Self.text(step.plan.name), step.state.rawValue,
        Self.duration(step.startedAt, step.finishedAt) ?? "", note(on: step),
      ]
    }
    let earlier = job.earlierAttempts.map { attempt in
      let because = attempt.reason.map { ": \(Self.text($0))" } ?? ""
      return "- Attempt \(attempt.attempt): \(attempt.state.rawValue)\(because)"
    }
    return
      (["### Steps of \(Self.text(job.name))", table(["Step", "State", "Duration", "Note"], rows)]
      + (earlier.isEmpty ? [] : [earlier.joined(separator: "\n")])).joined(separator: "\n\n")
  }

  private func note(on step: Step) -> String {
    if let reason = step.reason { return Self.text(reason) }
    return step.exitCode.flatMap { $0 == 0 ? nil : "exit code \($0)" } ?? ""
  }

  // MARK: What it made

  private var artifactTable: String {
    guard !details.artifacts.isEmpty else { return "" }
    let rows = details.artifacts.prefix(Self.maximumShownArtifacts).map { artifact in
      [
        Markdown.link(artifact.name, to: "\(externalURL)/api/artifacts/\(artifact.id)/download"),
        "\(LogNote.grouped(artifact.size)) bytes",
      ]
    }
    let rest = details.artifacts.count - rows.count
    return "### Artifacts\n\n" + table(["Name", "Size"], rows) + (rest > 0 ? "\n\nAnd \(rest) more." : "")
  }

  private var assetTable: String {
    guard !run.assets.isEmpty else { return "" }
    let rows = run.assets.map { asset in
      let size = details.artifacts.first { $0.name == asset.name }.map { "\(LogNote.grouped($0.size)) bytes" }
      return [Self.text(asset.name), size ?? "", asset.state.rawValue, Self.text(asset.reason ?? "")]
    }
    let tag = run.source.tag.map { " of \(Self.text($0))" } ?? ""
    return "### Release assets\(tag)\n\n" + table(["Name", "Size", "State", "Reason"], rows)
  }

  // MARK: Parts

  private static func text(_ text: String) -> String {
    Markdown.text(text.cut(toBytes: maximumTextBytes))
  }

  /// A table of cells that are Markdown already; a column with nothing in it is left out.
  private func table(_ head: [String], _ rows: [[String]]) -> String {
    let columns = head.indices.filter { column in rows.contains { !$0[column].isEmpty } }
    let lines =
      [columns.map { head[$0] }, columns.map { _ in "---" }] + rows.map { row in columns.map { row[$0] } }
    return lines.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
  }

  /// `12.3 s`, `4m 05s`; `nil` when it is not known.
  private static func duration(_ start: Instant?, _ end: Instant?) -> String? {
    guard let start, let end else { return nil }
    let tenths = max(0, end.milliseconds - start.milliseconds) / 100
    if tenths < 600 { return "\(tenths / 10).\(tenths % 10) s" }
    let (minutes, seconds) = (tenths / 600, tenths / 10 % 60)
    return "\(minutes)m \(seconds < 10 ? "0" : "")\(seconds)s"
  }
}
