import ArtifactStore
import Crypto
import Database
import Glibc
import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct PartialContentTests {
  private func content(_ test: TestStore, attempt: Int = 1) -> PartialContent {
    PartialContent(run: test.run, job: "job", attempt: attempt, step: 2)
  }

  @Test func `content goes on where an earlier writer left it, also after a restart`() async throws {
    try await withStore { test in
      let bytes = pattern(3_000_000)
      var store = test.store
      for end in [0, 1_500_000, 1_500_001, 3_000_000] {
        let writer = try await store.folder.writer(continuing: content(test), startsOver: false)
        try await writer.write(Array(bytes[Int(writer.earlierBytes)..<end]))
        await writer.settle()
        store = try await test.reopened()
      }
      let writer = try await store.folder.writer(continuing: content(test), startsOver: false)
      #expect(writer.earlierBytes == 3_000_000)
      let artifact = try await store.publish(try await writer.finish(), as: test.description("app"))
      #expect(artifact.sha256 == SHA256.hexadecimal(of: bytes))
      #expect(try await test.bytes(artifact.location) == bytes)
      #expect(names(in: test.path(".partial")) == [])
    }
  }

  @Test func `content is there as far as it was written when the process is killed`() async throws {
    try await withTemporaryDirectory { folder in
      let run = UUIDv7.generate()
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [folder = folder as String, run = run as String] in
        let writer = try await ArtifactFolder.open(folder).writer(
          continuing: PartialContent(run: run, job: "job", attempt: 1, step: 0), startsOver: false)
        try await writer.write(pattern(2_000_000))
        await writer.settle()
        kill(getpid(), SIGKILL)
      }
      let writer = try await ArtifactFolder.open(folder).writer(
        continuing: PartialContent(run: run, job: "job", attempt: 1, step: 0), startsOver: false)
      #expect(writer.earlierBytes == 2_000_000)
      try await writer.write([7])
      #expect(try await writer.finish().sha256 == SHA256.hexadecimal(of: pattern(2_000_000) + [7]))
    }
  }

  @Test func `nothing of it is used where it has to begin anew`() async throws {
    try await withStore { test in
      let first = try await test.store.folder.writer(continuing: content(test), startsOver: false)
      try await first.write([1, 2, 3])
      await first.settle()
      let second = try await test.store.folder.writer(continuing: content(test), startsOver: true)
      #expect(second.earlierBytes == 0)
    }
  }

  @Test func `what nobody will continue is removed, and the rest stays`() async throws {
    try await withStore { test in
      for attempt in 1...2 {
        let writer = try await test.store.folder.writer(
          continuing: content(test, attempt: attempt), startsOver: false)
        try await writer.write([1])
        await writer.settle()
      }
      try write([1], to: test.path(".partial/what-is-this"))
      try write([1], to: test.path(".partial/\(test.run).job.1.3.of-another-boot"))
      let store = try await test.reopened()
      try await store.folder.removePartialContent { $0.attempt == 1 }
      let left = names(in: test.path(".partial"))
      #expect(left.count == 1)
      #expect(left.first?.hasPrefix("\(test.run).job.2.2.") == true)
    }
  }

  @Test(arguments: ["", "..", "a/b", "a.b"])
  func `a name that could lead elsewhere is refused`(job: String) async throws {
    try await withStore { test in
      let error = await #expect(throws: ArtifactError.self) {
        _ = try await test.store.folder.writer(
          continuing: PartialContent(run: test.run, job: job, attempt: 1, step: 1), startsOver: false)
      }
      #expect(error?.code == .misuse)
    }
  }

  @Test func `the same bytes of the same attempt are published once`() async throws {
    try await withStore { test in
      let first = try await test.store.save(test.description("app"), .bytes([1, 2]))
      let again = try await test.store.save(test.description("app"), .bytes([1, 2]))
      #expect(again == first)
      let other = try await test.store.save(test.description("app"), .bytes([3]))
      #expect(other.version == 2)
      let next = try await test.store.save(test.description("app", attempt: 2), .bytes([3]))
      #expect(next.version == 3)
    }
  }
}
