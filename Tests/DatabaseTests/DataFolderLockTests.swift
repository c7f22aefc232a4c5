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
