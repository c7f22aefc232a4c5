import Archive
import Platform
import Testing

@Suite struct ZipReaderTests {
  @Test(arguments: [
    "/etc/passwd", "../a", "a/../../b", "a/..", "..", "a\\..\\b", "C:\\a", "a\u{1}b", "./", "//a",
  ]) func `A name that leads out is refused`(_ name: String) async throws {
    let bytes = RawZip.bytes([RawZip.Entry(name: name, contents: [1])])
    #expect(await ZipFixture.failure(bytes) == .refused)
    try await ZipFixture.withFile(bytes) { path in
      await #expect(throws: ArchiveError.self) { _ = try await ZipFixture.read(ZipReader(file: path)) }
    }
  }

  @Test func `Empty segments and dots in a name mean nothing`() async throws {
    let bytes = RawZip.bytes([RawZip.Entry(name: "./a//b/./c")])
    #expect(try await ZipFixture.read(ZipReader(.bytes(bytes))).map(\.entry.name) == ["a/b/c"])
  }

  /// Links by name and target, and whether they are refused.
  @Test(
    arguments: [
      ([("a", "b")], false), ([("d/a", "../b")], false), ([("d/a", "./b/c")], false), ([("a", "/etc")], true),
      ([("a", "../b")], true), ([("d/a", "../../b")], true), ([("d/a", "b/../../..")], true),
      ([("a", "")], true),
      ([("d/e", ".."), ("d/e/y", "..")], true), ([("d/y/z", "x"), ("d/y", "..")], true),
    ] as [([(String, String)], Bool)])
  func `A link that leads out is refused`(_ links: [(String, String)], _ isRefused: Bool) async throws {
    let bytes = RawZip.bytes(
      links.map { RawZip.Entry(name: $0.0, contents: Array($0.1.utf8), mode: 0o120_777) })
    try await ZipFixture.withFile(bytes) { path in
      if isRefused {
        await #expect(throws: ArchiveError.self) { _ = try await ZipFixture.read(ZipReader(file: path)) }
      } else {
        let entries = try await ZipFixture.read(ZipReader(file: path))
        #expect(entries.map(\.entry.kind) == links.map { .link(target: $0.1) })
      }
    }
  }

  @Test func `A folder is no file`() async throws {
    let bytes = RawZip.bytes([
      RawZip.Entry(name: "d/", mode: 0o040_755), RawZip.Entry(name: "d/a", contents: [65]),
    ])
    try await ZipFixture.withFile(bytes) { path in
      for reader in [ZipReader(file: path), ZipReader(.bytes(bytes))] {
        let entries = try await ZipFixture.read(reader)
        #expect(entries.map(\.entry.kind) == [.folder, .file])
        #expect(entries.map(\.entry.name) == ["d", "d/a"])
      }
    }
  }

  @Test func `A device, a password and a wrong checksum are refused`() async throws {
    let device = RawZip.bytes([RawZip.Entry(name: "a", mode: 0o020_666)])
    try await ZipFixture.withFile(device) { path in
      await #expect(throws: ArchiveError.self) { _ = try await ZipReader(file: path).next() }
    }
    let encrypted = RawZip.bytes([
      RawZip.Entry(name: "a", contents: [UInt8](repeating: 1, count: 20), flags: 0x801)
    ])
    #expect(await ZipFixture.failure(encrypted) == .refused)
    let wrong = RawZip.bytes([RawZip.Entry(name: "a", contents: [1, 2, 3], checksum: 1)])
    #expect(await ZipFixture.failure(wrong) == .malformed)
  }

  @Test func `More entries than allowed are refused`() async throws {
    var limits = ZipLimits()
    limits.maximumEntries = 2
    let two = RawZip.bytes((1...2).map { RawZip.Entry(name: "\($0)") })
    let three = RawZip.bytes((1...3).map { RawZip.Entry(name: "\($0)") })
    #expect(await ZipFixture.failure(two, limits: limits) == nil)
    #expect(await ZipFixture.failure(three, limits: limits) == .limit)
  }

  @Test func `More bytes than allowed are refused, announced or not, of one or of all`() async throws {
    let megabyte = String(repeating: "0", count: 1 << 20)
    let one = try await ZipFixture.zip([ZipFixture.entry("a", megabyte)])
    let unmeasured = try await ZipFixture.zip([
      ZipEntry("a", contents: ZipFixture.unmeasured([Array(megabyte.utf8)]))
    ])
    let two = try await ZipFixture.zip([ZipFixture.entry("a", megabyte), ZipFixture.entry("b", megabyte)])
    var limits = ZipLimits()
    limits.maximumEntryBytes = 1 << 20
    limits.maximumTotalBytes = 1 << 20
    limits.maximumRatio = 10_000
    #expect(await ZipFixture.failure(one, limits: limits) == nil)
    #expect(await ZipFixture.failure(two, limits: limits) == .limit)
    limits.maximumEntryBytes = (1 << 20) - 1
    #expect(await ZipFixture.failure(one, limits: limits) == .limit)
    #expect(await ZipFixture.failure(unmeasured, limits: limits) == .limit)
  }

  @Test func `A bomb is noticed, also while it is skipped`() async throws {
    let bomb = try await ZipFixture.zip([
      ZipFixture.entry("a", String(repeating: "0", count: 8 << 20)), ZipFixture.entry("b", "1"),
    ])
    var limits = ZipLimits()
    limits.ratioFreeBytes = 1 << 20
    #expect(await ZipFixture.failure(bomb, limits: limits) == .limit)
    let reader = ZipReader(.bytes(bomb), limits: limits)
    _ = try await reader.next()
    await #expect(throws: ArchiveError.self) { try await reader.next() }
    #expect(await ZipFixture.failure(bomb) == nil)
  }

  @Test func `No cut and no changed byte does more than fail`() async throws {
    let whole = try await ZipFixture.zip([
      ZipFixture.entry("a.txt", String(repeating: "text ", count: 100)), ZipFixture.entry("d/b", "x"),
    ])
    let directory = try #require(whole.firstRange(of: [0x50, 0x4b, 1, 2])?.lowerBound)
    for count in stride(from: 0, to: directory, by: 5) {
      #expect(await ZipFixture.failure(Array(whole.prefix(count))) == .malformed, "\(count)")
    }
    for index in whole.indices {
      var changed = whole
      changed[index] ^= UInt8(truncatingIfNeeded: index &* 37 | 1)
      _ = await ZipFixture.failure(changed)
      try await ZipFixture.withFile(changed) { path in
        _ = try? await ZipFixture.read(ZipReader(file: path))
      }
    }
  }

  @Test(arguments: [[], [1], Array("no archive at all, but a text that is long enough".utf8)])
  func `What is no archive is malformed`(_ bytes: [UInt8]) async throws {
    #expect(await ZipFixture.failure(bytes) == .malformed)
  }

  @Test func `A file that is not there is an error that says so`() async throws {
    let error = await #expect(throws: ArchiveError.self) {
      try await ZipReader(file: "/nowhere/a.zip").next()
    }
    #expect(error?.code == .system)
    #expect(error?.message.contains("No such file") == true)
  }

  @Test func `What the archive's stream throws is thrown, and the reader ends`() async throws {
    struct Broken: Error {}
    let whole = try await ZipFixture.zip([ZipFixture.entry("a", String(repeating: "1", count: 100))])
    let sent = Watched(false)
    let reader = ZipReader(
      ByteStream {
        guard
          sent.withLock({ sent in
            defer { sent = true }
            return !sent
          })
        else { throw Broken() }
        return Array(whole.prefix(50))
      })
    await #expect(throws: Broken.self) { try await ZipFixture.read(reader) }
    await #expect(throws: (any Error).self) { try await reader.next() }
  }

  @Test func `A reader whose stream waits is cancelled with its task`() async throws {
    let asked = Watched(false)
    let task = Task {
      let stream = ByteStream { () -> [UInt8]? in
        asked.withLock { $0 = true }
        try await Task.sleep(for: .seconds(600))
        return nil
      }
      return try await ZipReader(stream).next() == nil
    }
    _ = try await asked.value { $0 ? true : nil }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `Contents end when the reader goes on`() async throws {
    let bytes = try await ZipFixture.zip([ZipFixture.entry("a", "1"), ZipFixture.entry("b", "2")])
    let reader = ZipReader(.bytes(bytes))
    _ = try await reader.next()
    let first = reader.contents()
    _ = try await reader.next()
    await #expect(throws: ArchiveError.self) { try await first.next() }
    #expect(try await reader.contents().collect(upTo: 10) == [0x32])
    #expect(try await reader.next() == nil)
    #expect(try await reader.next() == nil)
  }
}
