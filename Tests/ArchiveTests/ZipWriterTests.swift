import Archive
import Platform
import Testing

@Suite struct ZipWriterTests {
  @Test(arguments: [ZipEntry.Compression.deflate, .store])
  func `What is written is read again, as a stream and from a file`(
    _ compression: ZipEntry.Compression
  ) async throws {
    let long = String(repeating: "0123456789", count: 100_000)
    let bytes = try await ZipFixture.zip([
      ZipFixture.entry("a.txt", "one", compression: compression),
      ZipFixture.entry("dir/größe €.sh", "two", compression: compression, permissions: 0o755),
      ZipFixture.entry("empty", "", compression: compression),
      ZipFixture.entry("long", long, compression: compression),
    ])
    let names = ["a.txt", "dir/größe €.sh", "empty", "long"]
    let streamed = try await ZipFixture.read(ZipReader(.bytes(bytes)))
    #expect(streamed.map(\.entry.name) == names)
    #expect(streamed.map(\.text) == ["one", "two", "", long])
    try await ZipFixture.withFile(bytes) { path in
      let entries = try await ZipFixture.read(ZipReader(file: path))
      #expect(entries.map(\.entry.name) == names)
      #expect(entries.map(\.text) == ["one", "two", "", long])
      #expect(entries.map(\.entry.permissions) == [0o644, 0o755, 0o644, 0o644])
      #expect(entries.map(\.entry.size) == [3, 3, 0, 1_000_000])
      #expect(entries.allSatisfy { $0.entry.modifiedAt == ZipEntry.epoch })
    }
  }

  @Test func `Contents of unknown length are written too`() async throws {
    let bytes = try await ZipFixture.zip([
      ZipEntry("a", contents: ZipFixture.unmeasured([[1, 2], [3]])),
      ZipEntry("b", compression: .store, contents: ZipFixture.unmeasured([])),
    ])
    try await ZipFixture.withFile(bytes) { path in
      let entries = try await ZipFixture.read(ZipReader(file: path))
      #expect(entries.map(\.text) == ["\u{1}\u{2}\u{3}", ""])
    }
  }

  @Test func `An archive without entries is one`() async throws {
    let bytes = try await ZipFixture.zip([])
    #expect(bytes.count == 22)
    #expect(try await ZipFixture.read(ZipReader(.bytes(bytes))).isEmpty)
  }

  @Test func `Equal contents make equal archives`() async throws {
    func make() async throws -> [UInt8] {
      try await ZipFixture.zip([ZipFixture.entry("a", "1"), ZipFixture.entry("b/c", "2")])
    }
    #expect(try await make() == make())
  }

  @Test func `An entry is asked for only when those before are taken`() async throws {
    let asked = Watched(0)
    let stream = ZipWriter.stream { () -> ZipEntry? in
      let number = asked.withLock { number in
        number += 1
        return number
      }
      // Nothing of these bytes can be held back: they cannot be compressed.
      let bytes = (0..<(1 << 16)).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 2_654_435_761 >> 16) }
      return number > 100 ? nil : ZipEntry("\(number)", compression: .store, contents: .bytes(bytes))
    }
    _ = try await stream.next()
    #expect(asked.withLock { $0 } == 1)
    var length = 0
    while length < 1 << 18, let chunk = try await stream.next() { length += chunk.count }
    #expect(asked.withLock { $0 } < 8)
  }

  @Test(arguments: ["", "/a", "../a", "a/../../b", "a\\b", "a\nb", ".", String(repeating: "x", count: 256)])
  func `A name that would lead out is not written`(_ name: String) async throws {
    await #expect(throws: ArchiveError.self) { try await ZipFixture.zip([ZipFixture.entry(name, "1")]) }
  }

  @Test(arguments: [1, 3]) func `Contents of another length than announced are an error`(
    _ announced: Int64
  ) async throws {
    let source = ByteStream.bytes([1, 2])
    let entry = ZipEntry("a", contents: ByteStream(length: announced) { try await source.next() })
    await #expect(throws: ArchiveError.self) { try await ZipFixture.zip([entry]) }
  }

  @Test func `What an entry's contents throw is thrown`() async throws {
    struct Broken: Error {}
    let entry = ZipEntry("a", contents: ByteStream { throw Broken() })
    await #expect(throws: Broken.self) { try await ZipFixture.zip([entry]) }
  }
}
