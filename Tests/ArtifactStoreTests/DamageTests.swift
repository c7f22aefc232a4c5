import ArtifactStore
import Database
import Glibc
import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct DamageTests {
  @Test func `a stream that breaks off leaves nothing behind`() async throws {
    try await withStore { test in
      let chunks = Watched(3)
      let stream = ByteStream {
        try chunks.withLock { left in
          guard left > 0 else { throw Cut() }
          left -= 1
          return pattern(100_000)
        }
      }
      await #expect(throws: Cut.self) { _ = try await test.store.save(test.description("app"), stream) }
      let list = try await test.store.list(run: test.run)
      #expect(list == [])
      #expect(names(in: test.path(test.run)) == [])
    }
  }

  @Test func `a stream that ends before its length is not stored`() async throws {
    try await withStore { test in
      let whole = ByteStream.bytes([1, 2, 3])
      let short = ByteStream(length: 4) { try await whole.next() }
      let error = await #expect(throws: ArtifactError.self) {
        _ = try await test.store.save(test.description("app"), short)
      }
      #expect(error?.message == "the content of 'app' ended after 3 of 4 bytes")
      let list = try await test.store.list(run: test.run)
      #expect(list == [])
    }
  }

  @Test func `what a crash left incomplete is removed at the next start`() async throws {
    try await withStore { test in
      try write([1, 2, 3], to: test.path(".tmp/left-over"))
      _ = try await test.reopened()
      #expect(names(in: test.path(".tmp")) == [])
    }
  }

  @Test func `a file without a row is no artifact and gives way to one`() async throws {
    try await withStore { test in
      #expect(mkdir(test.path(test.run), 0o755) == 0)
      try write([9, 9, 9], to: test.path("\(test.run)/app"))
      await #expect(throws: ArtifactError.self) { _ = try await test.store.get(run: test.run, name: "app") }
      _ = try await test.store.save(test.description("app"), .bytes([1]))
      #expect(try await test.store.get(run: test.run, name: "app").1.collect(upTo: 9) == [1])
    }
  }

  @Test func `an artifact whose file is gone says so`() async throws {
    try await withStore { test in
      _ = try await test.store.save(test.description("app"), .bytes([1]))
      #expect(unlink(test.path("\(test.run)/app")) == 0)
      let error = await #expect(throws: ArtifactError.self) {
        _ = try await test.store.get(run: test.run, name: "app")
      }
      #expect(error?.code == .fileMissing)
      #expect(error?.message == "Artifact file missing: \(test.run)/app")
    }
  }

  @Test func `a file that was changed never reads to its end`() async throws {
    try await withStore { test in
      var bytes = pattern(600_000)
      let saved = try await test.store.save(test.description("app"), .bytes(bytes))
      bytes[0] ^= 1
      try write(bytes, to: test.path("\(test.run)/app"))
      let (_, stream) = try await test.store.get(run: test.run, name: "app")
      let error = await #expect(throws: ArtifactError.self) { _ = try await stream.collect(upTo: 600_000) }
      #expect(error?.code == .corrupt)
      // Who does not ask for the comparison gets what is there.
      let unverified = try await test.store.content(of: saved, verifies: false)
      #expect(try await unverified.collect(upTo: 600_000) == bytes)
    }
  }

  @Test func `a file of another length is refused at once`() async throws {
    try await withStore { test in
      _ = try await test.store.save(test.description("app"), .bytes([1, 2]))
      try write([1], to: test.path("\(test.run)/app"))
      let error = await #expect(throws: ArtifactError.self) {
        _ = try await test.store.get(run: test.run, name: "app")
      }
      #expect(error?.code == .corrupt)
    }
  }

  @Test func `a link in the folder leads nowhere`() async throws {
    try await withStore { test in
      _ = try await test.store.save(test.description("app"), .bytes([1]))
      let file = test.path("\(test.run)/app")
      try write([7], to: "\(test.basePath)/../secret")
      #expect(unlink(file) == 0)
      #expect(symlink("../../secret", file) == 0)
      await #expect(throws: ArtifactError.self) { _ = try await test.store.get(run: test.run, name: "app") }

      let run = UUIDv7.generate()
      #expect(symlink(test.basePath, test.path(run)) == 0)
      await #expect(throws: ArtifactError.self) {
        _ = try await test.store.save(ArtifactDescription(run: run, job: "job", name: "x"), .bytes([1]))
      }
      #expect(access(test.path("x"), F_OK) != 0)
    }
  }

  @Test func `a folder that cannot be made is an error`() async throws {
    let error = await #expect(throws: ArtifactError.self) {
      _ = try await ArtifactFolder.open("/dev/null/artifacts")
    }
    #expect(error?.code == .inputOutput)
  }

  @Test func `an artifact that was told is there after a kill`() async throws {
    try await withTemporaryDirectory { folder in
      let run = UUIDv7.generate()
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [folder = folder as String, run = run as String] in
        let database = try await Database.open(path: "\(folder)/db", migrations: ArtifactStore.migrations)
        let store = try await ArtifactStore.open(database: database, basePath: "\(folder)/artifacts")
        _ = try await store.save(ArtifactDescription(run: run, job: "job", name: "told"), .bytes([1, 2, 3]))
        let half = try await store.folder.writer()
        try await half.write([4])
        kill(getpid(), SIGKILL)
      }
      let database = try await Database.open(path: "\(folder)/db", migrations: ArtifactStore.migrations)
      let store = try await ArtifactStore.open(database: database, basePath: "\(folder)/artifacts")
      #expect(try await store.list(run: run).map(\.name) == ["told"])
      #expect(try await store.get(run: run, name: "told").1.collect(upTo: 9) == [1, 2, 3])
      #expect(names(in: "\(folder)/artifacts/.tmp") == [])
      await database.close()
    }
  }
}
