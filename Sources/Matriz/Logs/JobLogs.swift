import Glibc
import Platform

/// Where the logs of all jobs are: `<folder>/<run>/<job>/<attempt>.log`.
struct JobLogs: Sendable {
  let folder: String

  func path(run: String, job: String, attempt: Int) -> String {
    "\(folder)/\(run)/\(job)/\(attempt).log"
  }

  func open(run: String, job: String, attempt: Int) async throws -> JobLog {
    try await JobLog.open(path: path(run: run, job: job, attempt: attempt))
  }

  /// How many bytes a log has; 0 when nothing was written.
  func size(run: String, job: String, attempt: Int) async throws -> Int64 {
    let path = path(run: run, job: job, attempt: attempt)
    return try await BlockingExecutor.files.run {
      var status = stat()
      if stat(path, &status) == 0 { return Int64(status.st_size) }
      if errno == ENOENT { return 0 }
      throw SystemError.last("read \(path)")
    }
  }

  /// A part of a log as it was written.
  func read(run: String, job: String, attempt: Int, range: Range<Int64>) async throws -> ByteStream {
    guard !range.isEmpty else { return .bytes([]) }
    return try await .file(path(run: run, job: job, attempt: attempt), range: range)
  }
}
