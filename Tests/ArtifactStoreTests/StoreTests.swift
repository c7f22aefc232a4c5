import ArtifactStore
import Crypto
import Database
import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct StoreTests {
  @Test(arguments: [0, 1, 65_536, 262_145, 3_000_000])
  func `what is saved lies byte for byte under its name and comes back`(count: Int) async throws {
    try await withStore { test in
      let bytes = pattern(count)
      let saved = try await test.store.save(test.description("app.bin"), .bytes(bytes))
      #expect(saved.size == Int64(count))
      #expect(saved.sha256 == SHA256.hexadecimal(of: bytes))
      #expect(saved.number > 0)
      #expect(try await test.bytes("\(test.run)/app.bin") == bytes)
      let (artifact, stream) = try await test.store.get(run: test.run, name: "app.bin")
      #expect(artifact == saved)
      #expect(stream.length == Int64(count))
      #expect(try await stream.collect(upTo: count) == bytes)
      #expect(names(in: test.path(".tmp")) == [])
    }
  }

  @Test func `an artifact is found by its id and by its number`() async throws {
    try await withStore { test in
      let saved = try await test.store.save(test.description("a"), .bytes([1]))
      #expect(try await test.store.find(id: saved.id) == saved)
      #expect(try await test.store.find(number: saved.number) == saved)
      #expect(try await test.store.get(id: saved.id).1.collect(upTo: 1) == [1])
      #expect(try await test.store.find(id: "other") == nil)
    }
  }

  @Test func `a list has the newest version of each name of the run`() async throws {
    try await withStore { test in
      for (name, byte) in [("b", 1), ("a", 2), ("b", 3)] as [(String, UInt8)] {
        _ = try await test.store.save(test.description(name), .bytes([byte]))
      }
      let other = ArtifactDescription(run: UUIDv7.generate(), job: "job", name: "c")
      _ = try await test.store.save(other, .bytes([]))
      let list = try await test.store.list(run: test.run)
      #expect(list.map(\.name) == ["a", "b"])
      #expect(list.map(\.version) == [1, 2])
    }
  }

  @Test func `a later attempt of the job makes a version, and readers get it`() async throws {
    try await withStore { test in
      let first = try await test.store.save(test.description("log"), .bytes([1]))
      let second = try await test.store.save(test.description("log", attempt: 2), .bytes([2]))
      #expect(second.version == 2)
      #expect(try await test.store.get(run: test.run, name: "log").1.collect(upTo: 9) == [2])
      // The first one stays what it was, at its place.
      #expect(try await test.bytes("\(test.run)/log") == [1])
      #expect(try await test.store.get(id: first.id).1.collect(upTo: 9) == [1])
      #expect(try await test.bytes("\(test.run)/.v/\(second.id)") == [2])
    }
  }

  @Test func `a name that another job has is a conflict, told before any byte is taken`() async throws {
    try await withStore { test in
      _ = try await test.store.save(test.description("app"), .bytes([1]))
      let untouched = ByteStream { throw Cut() }
      let error = await #expect(throws: ArtifactError.self) {
        _ = try await test.store.save(test.description("app", job: "other"), untouched)
      }
      #expect(error?.code == .conflict)
      #expect(try await test.store.get(run: test.run, name: "app").1.collect(upTo: 9) == [1])
    }
  }

  @Test(arguments: [
    "", ".", "..", ".hidden", "a/b", "../a", "a\\b", "a\0b", "a\nb", "a\u{7f}", "a\u{85}b",
    String(repeating: "x", count: 256), String(repeating: "é", count: 128),
  ])
  func `a name that is no single plain segment is refused`(name: String) async throws {
    try await withStore { test in
      let error = await #expect(throws: ArtifactError.self) {
        _ = try await test.store.save(test.description(name), .bytes([]))
      }
      #expect(error?.code == .invalidName)
    }
  }

  @Test(arguments: [
    "a", "a..b", "a b", "ünïcode.txt", "-x", "a:b", String(repeating: "x", count: 255),
    String(repeating: "é", count: 127),
  ])
  func `any other name is taken as it is`(name: String) async throws {
    try await withStore { test in
      _ = try await test.store.save(test.description(name), .bytes([7]))
      #expect(names(in: test.path(test.run)) == [name])
    }
  }

  @Test(arguments: ["", "..", "run", "0190a5b8-0000-7000-8000-00000000000/"])
  func `a run that is no id is refused`(run: String) async throws {
    try await withStore { test in
      let error = await #expect(throws: ArtifactError.self) {
        _ = try await test.store.save(ArtifactDescription(run: run, job: "job", name: "a"), .bytes([]))
      }
      #expect(error?.code == .misuse)
    }
  }

  @Test(
    arguments: [
      ("report.TXT", nil, "text/plain"), ("out.bin", "log", "text/plain"),
      ("x.json", nil, "application/json"),
      ("x", nil, "application/octet-stream"), ("x.unknown", "build", "application/octet-stream"),
      ("site.tar.gz", nil, "application/gzip"),
    ] as [(String, String?, String)])
  func `the content type follows type and extension`(
    name: String, type: String?, contentType: String
  ) async throws {
    try await withStore { test in
      let saved = try await test.store.save(test.description(name, type: type), .bytes([]))
      #expect(saved.contentType == contentType)
    }
  }

  @Test func `what is not there is not found`() async throws {
    try await withStore { test in
      let error = await #expect(throws: ArtifactError.self) {
        _ = try await test.store.get(run: test.run, name: "app")
      }
      #expect(error?.code == .notFound)
      #expect(error?.message == "Artifact not found: app")
    }
  }

  @Test func `of two jobs that publish one name at the same time one has it`() async throws {
    try await withStore { test in
      let results = await withTaskGroup(of: Bool.self) { group in
        for job in 0..<8 {
          group.addTask {
            let description = test.description("app", job: "job \(job)")
            return (try? await test.store.save(description, .bytes([UInt8(job)]))) != nil
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.filter { $0 }.count == 1)
      let (artifact, stream) = try await test.store.get(run: test.run, name: "app")
      #expect(try await stream.collect(upTo: 9).map { "job \($0)" } == [artifact.job])
    }
  }
}
