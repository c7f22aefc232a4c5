import Glibc
import Platform

/// The claim of one process on its data folder, held until the value goes or the process ends, however
/// it ends: the kernel drops an flock(2) with the last descriptor of its file.
package final class DataFolderLock: Sendable {
  /// How long a lock is waited for whose owner is dead: a process that it was about to start has the descriptor, too,
  /// until it becomes another program.
  private static let maximumTries = 200
  private static let pauseMicroseconds: UInt32 = 10_000

  private let descriptor: Descriptor

  private init(_ descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  deinit {
    // Not only closed: a process that is being started may have the descriptor for a moment longer.
    _ = flock(descriptor.raw, LOCK_UN)
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
      for _ in 1..<maximumTries {
        if try lock.claim() { return lock }
        guard let owner = try lock.owner(), ProcessTree.identity(of: owner) == nil else { break }
        usleep(pauseMicroseconds)
      }
      if try lock.claim() { return lock }
      let name = try lock.owner().map { "process \($0)" } ?? "another process"
      throw DatabaseError(.locked, "the data folder \(folder) is in use by \(name)")
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
    guard ftruncate(descriptor.raw, 0) == 0, lseek(descriptor.raw, 0, SEEK_SET) == 0 else {
      throw SystemError.last("empty the lock file")
    }
    let name = Array("\(getpid())\n".utf8)
    try name.withUnsafeBytes { try descriptor.writeAll($0) }
    return true
  }

  /// Who has it, as the file says; `nil` between the owner's lock and its write.
  private func owner() throws(SystemError) -> Int32? {
    guard lseek(descriptor.raw, 0, SEEK_SET) == 0 else { throw .last("seek in the lock file") }
    return Int32(String(decoding: try descriptor.read(upTo: 32).filter(Self.isDigit), as: UTF8.self))
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
