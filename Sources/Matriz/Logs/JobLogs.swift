import Glibc
import Platform

/// Where the logs of all jobs are: `<folder>/<run>/<job>/<attempt>.log`.
struct JobLogs: Sendable {
  let folder: String
  /// The paths of those that are being written.
  private let inUse = Watched<Set<String>>([])

  init(folder: String) {
    self.folder = folder
  }

  func path(run: String, job: String, attempt: Int) -> String {
    "\(folder)/\(run)/\(job)/\(attempt).log"
  }

  /// Gives `body` the log to write to, once nobody else does.
  func withLog<T>(
    run: String, job: String, attempt: Int, _ body: (JobLog) async throws -> T
  ) async throws -> T {
    let path = path(run: run, job: job, attempt: attempt)
    while !inUse.withLock({ $0.insert(path).inserted }) {
      _ = try await inUse.value { $0.contains(path) ? nil : true }
    }
    defer { _ = inUse.withLock { $0.remove(path) } }
    return try await body(try await JobLog.open(path: path))
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
