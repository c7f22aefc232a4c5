import Archive
import Platform

/// Zip archives of texts, and what is in them.
enum ZipFixture {
  static func entry(
    _ name: String, _ text: String, compression: ZipEntry.Compression = .deflate, permissions: UInt16 = 0o644
  ) -> ZipEntry {
    ZipEntry(
      name, permissions: permissions, compression: compression, contents: .bytes(Array(text.utf8)))
  }

  /// Contents whose length is not known before, in chunks.
  static func unmeasured(_ chunks: [[UInt8]]) -> ByteStream {
    let rest = Watched(chunks[...])
    return ByteStream { rest.withLock { $0.popFirst() } }
  }

  static func zip(_ entries: [ZipEntry]) async throws -> [UInt8] {
    try await ZipWriter.stream(of: entries).collect(upTo: 64 << 20)
  }

  /// Every entry with its contents, as text.
  static func read(_ reader: ZipReader) async throws -> [(entry: ZipReader.Entry, text: String)] {
    var entries: [(ZipReader.Entry, String)] = []
    while let entry = try await reader.next() {
      let bytes = try await reader.contents().collect(upTo: 64 << 20)
      entries.append((entry, String(decoding: bytes, as: UTF8.self)))
    }
    return entries
  }

  /// What reading everything comes to.
  static func failure(_ bytes: [UInt8], limits: ZipLimits = ZipLimits()) async -> ArchiveError.Code? {
    do {
      _ = try await read(ZipReader(.bytes(bytes), limits: limits))
      return nil
    } catch {
      return (error as? ArchiveError)?.code
    }
  }

  /// Gives `body` the bytes as a file.
  @discardableResult
  static func withFile<T>(_ bytes: [UInt8], _ body: (String) async throws -> T) async throws -> T {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/archive.zip"
      let written = try await runProcess("sh", ["-c", "cat > \"$0\"", path], input: bytes)
      guard written.status.isSuccess else { throw SystemError(code: 5, operation: "write \(path)") }
      return try await body(path)
    }
  }
}
