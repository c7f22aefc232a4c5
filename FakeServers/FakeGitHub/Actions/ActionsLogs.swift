import Archive
import Platform

/// Logs as GitHub hands them out.
enum ActionsLogs {
  /// Names in the archive have at most so many characters of a job's or step's name.
  static let maximumNameCharacters = 90

  /// A job's log: that of its steps, one after the other. GitHub begins it with a byte order mark.
  static func text(of job: FakeGitHub.WorkflowJob) -> [UInt8] {
    bytes(job.steps.flatMap(\.log))
  }

  /// The archive of an attempt's logs: a text per job at its top, and a folder per job with a text per step. A job that was
  /// skipped has none.
  static func archive(of attempt: FakeGitHub.Attempt) -> ByteStream {
    var entries: [ZipEntry] = []
    for (index, job) in attempt.jobs.enumerated() where job.startedAt != nil && !job.steps.isEmpty {
      let name = fileName(job.name)
      let time = job.completedAt ?? attempt.updatedAt
      func add(_ path: String, _ contents: [UInt8]) {
        entries.append(ZipEntry(path, modifiedAt: time, contents: .bytes(contents)))
      }
      add("\(index)_\(name).txt", text(of: job))
      add("\(name)/system.txt", bytes(["Job \(job.name) was taken by a runner with \(job.labels)"]))
      for step in job.steps where !step.log.isEmpty {
        add("\(name)/\(step.number)_\(fileName(step.name)).txt", bytes(step.log))
      }
    }
    return ZipWriter.stream(of: entries)
  }

  /// The name without what GitHub takes out of it.
  private static func fileName(_ name: String) -> String {
    let kept = name.filter { !"/\\:*?\"<>|".contains($0) && !$0.isNewline }
    return kept.isEmpty ? "_" : String(kept.prefix(maximumNameCharacters))
  }

  private static func bytes(_ lines: [String]) -> [UInt8] {
    [0xEF, 0xBB, 0xBF] + Array(lines.map { "\($0)\n" }.joined().utf8)
  }
}
