import CShims
import Glibc

/// Limits that a process sets for itself and that everything it starts inherits (getrlimit(2)).
package struct ResourceLimits: Hashable, Sendable, CustomStringConvertible {
  /// Open descriptors of one process.
  package var openFiles: Int?
  /// The size of a file that is written.
  package var fileBytes: Int64?
  /// The memory that one process may write to (`RLIMIT_DATA`).
  package var memoryBytes: Int64?
  /// Processes and threads of the user, wherever they were started; does not hold for root.
  package var processes: Int?

  package init(
    openFiles: Int? = nil, fileBytes: Int64? = nil, memoryBytes: Int64? = nil, processes: Int? = nil
  ) {
    self.openFiles = openFiles
    self.fileBytes = fileBytes
    self.memoryBytes = memoryBytes
    self.processes = processes
  }

  /// What `description` gives: `open-files=1024,file-bytes=1000000`.
  package init(parsing text: String) throws(UsageError) {
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, let value = Int64(pair[1]), value > 0, let count = Int(exactly: value) else {
        throw UsageError("'\(part)' is no limit: give NAME=NUMBER")
      }
      switch pair[0] {
      case "open-files": openFiles = count
      case "file-bytes": fileBytes = value
      case "memory-bytes": memoryBytes = value
      case "processes": processes = count
      default:
        throw UsageError(
          "there is no limit '\(pair[0])': those are open-files, file-bytes, memory-bytes, processes")
      }
    }
  }

  package var description: String {
    [
      openFiles.map { "open-files=\($0)" }, fileBytes.map { "file-bytes=\($0)" },
      memoryBytes.map { "memory-bytes=\($0)" }, processes.map { "processes=\($0)" },
    ].compactMap { $0 }.joined(separator: ",")
  }

  /// Sets them for this process, and that it leaves no core dumps.
  package func apply() throws(SystemError) {
    try Self.set(Int32(RLIMIT_CORE.rawValue), 0, "core dumps")
    if let openFiles { try Self.set(Int32(RLIMIT_NOFILE.rawValue), UInt64(openFiles), "open files") }
    if let fileBytes { try Self.set(Int32(RLIMIT_FSIZE.rawValue), UInt64(fileBytes), "file size") }
    if let memoryBytes { try Self.set(Int32(RLIMIT_DATA.rawValue), UInt64(memoryBytes), "memory") }
    if let processes { try Self.set(Int32(__RLIMIT_NPROC.rawValue), UInt64(processes), "processes") }
  }

  /// Lowers a limit; one that is lower already stays.
  private static func set(_ resource: Int32, _ value: UInt64, _ name: String) throws(SystemError) {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { throw .last("read the limit of \(name)") }
    limit.rlim_max = min(limit.rlim_max, rlim_t(value))
    limit.rlim_cur = min(limit.rlim_cur, limit.rlim_max)
    guard setrlimit(resource, &limit) == 0 else { throw .last("set the limit of \(name)") }
  }
}
