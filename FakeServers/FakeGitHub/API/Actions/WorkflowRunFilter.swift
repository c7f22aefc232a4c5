import Platform

/// Which runs a list's query asks for.
struct WorkflowRunFilter: Sendable {
  private var branch: String?
  private var event: String?
  /// A status or a conclusion.
  private var status: String?
  private var actor: String?
  private var sha: String?
  private var suite: Int64?
  private var created = CreatedFilter()

  init(_ query: [(name: String, value: String)]) throws {
    for (name, value) in query {
      switch name {
      case "branch": branch = value
      case "event": event = value
      case "status": status = value
      case "actor": actor = value
      case "head_sha": sha = value
      case "check_suite_id": suite = Int64(value) ?? 0
      case "created": created = try CreatedFilter(value)
      default: break
      }
    }
  }

  func matches(_ run: FakeGitHub.WorkflowRun) -> Bool {
    (branch == nil || run.headBranch == branch) && (event == nil || run.event == event)
      && (status == nil || run.status.rawValue == status || run.conclusion?.rawValue == status)
      && (actor == nil || run.actor.login.lowercased() == actor?.lowercased())
      && (sha == nil || run.headSHA == sha) && (suite == nil || run.checkSuite == suite)
      && created.matches(run.createdAt)
  }
}

/// A range of times as GitHub's search writes it: `2026-01-31`, `>=T`, `<T`, `T..T`, `*..T`, where `T` is a day or a time. What
/// is compared are seconds.
struct CreatedFilter: Sendable {
  private var from = Int64.min
  private var to = Int64.max

  init() {}

  init(_ text: String) throws {
    guard !text.isEmpty else { return }
    if let range = text.firstRange(of: "..") {
      let (start, end) = (text[..<range.lowerBound], text[range.upperBound...])
      if start != "*" { from = try Self.moment(start).first }
      if end != "*" { to = try Self.moment(end).last }
    } else if text.hasPrefix(">=") {
      from = try Self.moment(text.dropFirst(2)).first
    } else if text.hasPrefix("<=") {
      to = try Self.moment(text.dropFirst(2)).last
    } else if text.hasPrefix(">") {
      from = try Self.moment(text.dropFirst()).last + 1
    } else if text.hasPrefix("<") {
      to = try Self.moment(text.dropFirst()).first - 1
    } else {
      (from, to) = try Self.moment(text[...])
    }
  }

  func matches(_ time: Timestamp) -> Bool {
    let seconds = time.milliseconds / 1_000
    return from <= seconds && seconds <= to
  }

  /// The first and the last second of a day, or the one second of a time.
  private static func moment(_ text: Substring) throws -> (first: Int64, last: Int64) {
    if text.utf8.count == 10, let day = Timestamp(rfc3339: "\(text)T00:00:00Z") {
      return (day.milliseconds / 1_000, day.milliseconds / 1_000 + 86_399)
    }
    // A plus sign of an offset comes as a space where the client did not encode it.
    guard let time = Timestamp(rfc3339: String(text.replacing(" ", with: "+"))) else {
      throw APIError.unprocessable("The created filter '\(text)' is not a date or a time")
    }
    return (time.milliseconds / 1_000, time.milliseconds / 1_000)
  }
}
