import Database
import Glibc
import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct DataFolderLockTests {
  @Test func `a second one is refused and told who has the folder`() async throws {
    try await withTemporaryDirectory { folder in
      let lock = try await DataFolderLock.acquire(folder: folder)
      let error = await #expect(throws: DatabaseError.self) {
        _ = try await DataFolderLock.acquire(folder: folder)
      }
      #expect(error?.code == .locked)
      #expect(error?.message == "the data folder \(folder) is in use by process \(getpid())")
      withExtendedLifetime(lock) {}
    }
  }

  @Test func `the lock goes with its value`() async throws {
    try await withTemporaryDirectory { folder in
      for _ in 0..<2 {
        _ = try await DataFolderLock.acquire(folder: folder)
      }
    }
  }

  /// As a process has it that is being started, until it becomes another program.
  @Test func `the lock goes with its value though somebody else has the descriptor`() async throws {
    try await withTemporaryDirectory { folder in
      var copy: Descriptor
      do {
        let lock = try await DataFolderLock.acquire(folder: folder)
        copy = Descriptor(owning: dup(try descriptor(of: "\(folder)/lock")))
        withExtendedLifetime(lock) {}
      }
      _ = try await DataFolderLock.acquire(folder: folder)
      #expect(copy.raw >= 0)
    }
  }

  @Test func `a lock whose owner is dead is waited for`() async throws {
    try await withTemporaryDirectory { folder in
      let dead = try ChildProcess.spawn(ProcessOptions(executable: "/bin/true"))
      _ = await dead.wait()
      let held = try Descriptor.open("\(folder)/lock", flags: O_RDWR | O_CREAT)
      try Array("\(dead.processID)\n".utf8).withUnsafeBytes { try held.writeAll($0) }
      #expect(flock(held.raw, LOCK_EX) == 0)
      async let lock = DataFolderLock.acquire(folder: folder)
      // Work is begun in the order in which it came: after this the lock was tried for.
      for _ in 0..<8 { try await BlockingExecutor.files.run {} }
      #expect(flock(held.raw, LOCK_UN) == 0)
      _ = try await lock
    }
  }

  /// The number of the descriptor by which this process has a file open.
  private func descriptor(of path: String) throws -> Int32 {
    for number in Int32(3)..<1_024 {
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink("/proc/self/fd/\(number)", &buffer, buffer.count)
      let name = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if name == path { return number }
    }
    throw SystemError(code: ENOENT, operation: "find the descriptor of \(path)")
  }

  @Test func `the lock of a process that was killed is free`() async throws {
    try await withTemporaryDirectory { folder in
      await #expect(processExitsWith: .signal(SIGKILL)) { [folder = folder as String] in
        let lock = try await DataFolderLock.acquire(folder: folder)
        kill(getpid(), SIGKILL)
        withExtendedLifetime(lock) {}
      }
      _ = try await DataFolderLock.acquire(folder: folder)
    }
  }

  @Test func `a folder that is not there is an error`() async throws {
    let error = await #expect(throws: DatabaseError.self) {
      _ = try await DataFolderLock.acquire(folder: "/dev/null/data")
    }
    #expect(error?.code == .cannotOpen)
  }
}
