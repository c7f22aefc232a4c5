import Crypto
import Glibc
import Platform

/// A file that a request's body is written to as it comes, a chunk at a time.
final class ReceivedFile: Sendable {
  let path: String
  private let descriptor: Descriptor

  private init(path: String, descriptor: consuming Descriptor) {
    self.path = path
    self.descriptor = descriptor
  }

  static func create(_ path: String) async throws -> ReceivedFile {
    try await BlockingExecutor.files.run {
      ReceivedFile(
        path: path,
        descriptor: try Descriptor.open(path, flags: O_RDWR | O_CREAT | O_EXCL, mode: 0o600))
    }
  }

  /// What was received.
  struct Receipt: Sendable {
    let bytes: Int64
    /// Lower-case hexadecimal.
    let sha256: String
  }

  /// Takes the body to its end.
  func receive(_ body: ByteStream) async throws -> Receipt {
    var digest = SHA256()
    var received: Int64 = 0
    while let chunk = try await body.next() {
      digest.update(chunk)
      received += Int64(chunk.count)
      try await write(chunk)
    }
    return Receipt(bytes: received, sha256: Hexadecimal.encode(digest.finalize()))
  }

  private func write(_ bytes: [UInt8]) async throws {
    try await BlockingExecutor.files.run { [self] in
      var failure: SystemError?
      bytes.withUnsafeBytes { buffer in
        do throws(SystemError) { try descriptor.writeAll(buffer) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }

  /// Calls `body` with the descriptor, at the file's begin.
  func withDescriptorAtStart<T>(_ body: (Int32) throws -> T) throws -> T {
    if lseek(descriptor.raw, 0, SEEK_SET) != 0 { throw SystemError.last("rewind \(path)") }
    return try body(descriptor.raw)
  }

  func remove() async {
    // It lies in the fake's own folder, which is removed as a whole in the end.
    _ = try? await BlockingExecutor.files.run { [path] in unlink(path) }
  }
}
