import Crypto
import Glibc
import Platform

/// A file that takes its name only when it is whole, and goes with this value when it never is.
///
/// It is written beside its destination, so that taking the name is one rename.
final class DownloadedFile {
  private let path: String
  private let temporaryPath: String
  private let output: Output
  private var hash = SHA256()
  private(set) var size: Int64 = 0

  /// The descriptor, for the threads that may block.
  private final class Output: Sendable {
    let descriptor: Descriptor

    init(_ path: String) throws(SystemError) {
      descriptor = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_EXCL, mode: 0o666)
    }
  }

  /// - Parameter path: the destination; what is there is replaced in the end.
  init(_ path: String) async throws {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? ""
    let temporaryPath = "\(folder).mise-ci-\(UUIDv7.generate()).part"
    self.path = path
    self.temporaryPath = temporaryPath
    output = try await BlockingExecutor.files.run { try Output(temporaryPath) }
  }

  func write(_ bytes: [UInt8]) async throws {
    hash.update(bytes)
    size += Int64(bytes.count)
    try await BlockingExecutor.files.run { [output] in
      try bytes.withUnsafeBytes { try output.descriptor.writeAll($0) }
    }
  }

  /// SHA-256 of what was written since the last call, in lower-case hexadecimal digits.
  func digest() -> String {
    Hexadecimal.encode(hash.finalize())
  }

  /// Gives the file its name.
  func publish() async throws {
    try await BlockingExecutor.files.run { [path, temporaryPath] in
      if rename(temporaryPath, path) != 0 {
        throw SystemError(code: errno, operation: "write \(path)")
      }
    }
  }

  deinit {
    // Nothing has this name any more when the file was published.
    _ = unlink(temporaryPath)
  }
}
