import ArtifactStore
import Crypto
import Glibc
import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct WriterTests {
  @Test func `pieces of any size make one content in their order`() async throws {
    try await withStore { test in
      let bytes = pattern(5_000_000)
      let writer = try await test.store.folder.writer()
      var offset = 0
      var size = 1
      while offset < bytes.count {
        let end = min(bytes.count, offset + size)
        try await writer.write(Array(bytes[offset..<end]))
        offset = end
        size = min(size * 3, 700_000)
      }
      let content = try await writer.finish()
      #expect(content.size == 5_000_000)
      #expect(content.sha256 == SHA256.hexadecimal(of: bytes))
      let artifact = try await test.store.publish(content, as: test.description("app"))
      #expect(try await test.bytes(artifact.location) == bytes)
    }
  }

  @Test(arguments: [0, 100, 2_000_000, 3_000_000, 9_000_000_000_000_000_000] as [Int64])
  func `an expected length is only a hint`(expected: Int64) async throws {
    try await withStore { test in
      let bytes = pattern(2_000_000)
      let writer = try await test.store.folder.writer(expectedBytes: expected)
      try await writer.write(bytes)
      let artifact = try await test.store.publish(try await writer.finish(), as: test.description("app"))
      #expect(artifact.size == 2_000_000)
      var status = stat()
      #expect(stat(test.path(artifact.location), &status) == 0)
      #expect(status.st_size == 2_000_000)
      // Room that was taken ahead is given back.
      #expect(status.st_blocks * 512 < 2_200_000)
    }
  }

  @Test func `many writers at a time do not mix`() async throws {
    try await withStore { test in
      let digests = try await withThrowingTaskGroup(of: (UInt8, String).self) { group in
        for number in 0..<UInt8(12) {
          group.addTask {
            let writer = try await test.store.folder.writer()
            for _ in 0..<20 { try await writer.write([UInt8](repeating: number, count: 70_000)) }
            return (number, try await writer.finish().sha256)
          }
        }
        return try await group.reduce(into: [UInt8: String]()) { $0[$1.0] = $1.1 }
      }
      for number in 0..<UInt8(12) {
        let bytes = [UInt8](repeating: number, count: 1_400_000)
        #expect(digests[number] == SHA256.hexadecimal(of: bytes))
      }
    }
  }

  @Test func `content that is dropped leaves no file`() async throws {
    try await withStore { test in
      do {
        let writer = try await test.store.folder.writer()
        try await writer.write([1])
        _ = try await writer.finish()
      }
      #expect(names(in: test.path(".tmp")) == [])
    }
  }

  @Test func `a disk that is full is told to the writer, at the latest at the end`() async throws {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/artifacts"
      // A file that may not grow stands for the disk: the limit is the process's, so it is a process of its own.
      await #expect(processExitsWith: .success) { [path = path as String] in
        let code = try await codeOfWritingBeyondLimit(in: path)
        exit(code)
      }
      _ = try await ArtifactFolder.open(path)
      #expect(names(in: "\(path)/.tmp") == [])
    }
  }
}

/// Limits the size of files and writes more than that: 0 when the writer says that the disk is full.
private func codeOfWritingBeyondLimit(in path: String) async throws -> Int32 {
  signal(SIGXFSZ, SIG_IGN)
  var limit = rlimit(rlim_cur: 1_000_000, rlim_max: 1_000_000)
  setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
  let writer = try await ArtifactFolder.open(path).writer(expectedBytes: 500_000)
  do {
    for _ in 0..<200 { try await writer.write([UInt8](repeating: 1, count: 100_000)) }
    _ = try await writer.finish()
    return 1
  } catch {
    return error.code == .full ? 0 : 2
  }
}
