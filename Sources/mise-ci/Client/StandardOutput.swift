import Glibc
import Platform

/// Standard output for bytes that go out as they came.
final class StandardOutput: Sendable {
  private let descriptor: Descriptor

  /// On a duplicate: closing it leaves the process its own.
  init() throws(SystemError) {
    let raw = dup(STDOUT_FILENO)
    if raw < 0 { throw SystemError(code: errno, operation: "open the standard output") }
    descriptor = Descriptor(owning: raw)
  }

  /// Writes all bytes; as slow as whoever reads them.
  func write(_ bytes: [UInt8]) async throws {
    try await BlockingExecutor.files.run { [self] in
      try bytes.withUnsafeBytes { try descriptor.writeAll($0) }
    }
  }
}
