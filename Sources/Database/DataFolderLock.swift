import Glibc
import Platform

/// The claim of one process on its data folder, held until the value goes or the process ends, however
/// it ends: the kernel drops an flock(2) with the last descriptor of its file.
package final class DataFolderLock: Sendable {
  private let descriptor: Descriptor

  private init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// Locks `{folder}/lock` and writes our process id into it. The folder has to be there.
  ///
  /// Throws `locked` with the id of the process that has it. The file is never removed: a lock on a file
  /// that another process has just unlinked would lock nothing.
  package static func acquire(folder: String) async throws -> DataFolderLock {
    try await BlockingExecutor.files.run { try acquireNow(folder: folder) }
  }

  private static func acquireNow(folder: String) throws -> DataFolderLock {
    do {
      let path = "\(folder)/lock"
      let lock = DataFolderLock(try Descriptor.open(path, flags: O_RDWR | O_CREAT, mode: 0o644))
      guard try lock.claim() else {
        throw DatabaseError(.locked, "the data folder \(folder) is in use by \(try lock.owner())")
      }
      return lock
    } catch let error as SystemError {
      throw DatabaseError(.cannotOpen, "cannot lock the data folder \(folder)", cause: error)
    }
  }

  /// Takes the lock and says so in the file; `false` when another process has it.
  private func claim() throws -> Bool {
    guard flock(descriptor.raw, LOCK_EX | LOCK_NB) == 0 else {
      if errno == EWOULDBLOCK { return false }
      throw SystemError.last("flock")
    }
    guard ftruncate(descriptor.raw, 0) == 0 else { throw SystemError.last("ftruncate") }
    let name = Array("\(getpid())\n".utf8)
    try name.withUnsafeBytes { try descriptor.writeAll($0) }
    return true
  }

  /// Between its lock and its write, the owner has not yet said who it is.
  private func owner() throws(SystemError) -> String {
    let digits = String(decoding: try descriptor.read(upTo: 32).filter(Self.isDigit), as: UTF8.self)
    return digits.isEmpty ? "another process" : "process \(digits)"
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
