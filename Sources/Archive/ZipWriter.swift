import CArchive
import Glibc
package import Platform
import Synchronization

/// Writes zip archives as they are pulled: no more of them is in memory than what a chunk of one file comes to.
///
/// Names are UTF-8 and say so. Files whose length is not known before, and archives and files over 4 GiB, are written with
/// Zip64's fields. The bytes come from libarchive, on a thread where compressing blocks nobody.
package enum ZipWriter {
  static let executor = BlockingExecutor(name: "zip", threads: 2)

  /// An archive of the entries that `next` gives until it gives none. An entry's contents are read to their end before the
  /// next one is asked for.
  ///
  /// The stream throws `ArchiveError`, or what an entry's contents throw.
  package static func stream(
    of next: @escaping @Sendable () async throws -> ZipEntry?
  ) -> ByteStream {
    let output = ZipOutput(entries: next)
    return ByteStream { try await output.next() }
  }

  package static func stream(of entries: [ZipEntry]) -> ByteStream {
    let rest = Rest(entries)
    return stream { rest.next() }
  }

  private final class Rest: Sendable {
    private let entries: Mutex<ArraySlice<ZipEntry>>

    init(_ entries: [ZipEntry]) {
      self.entries = Mutex(entries[...])
    }

    func next() -> ZipEntry? { entries.withLock { $0.popFirst() } }
  }
}

/// An archive that is being written, pulled by one task.
private final class ZipOutput: Sendable {
  private struct State {
    var current: ZipEntry?
    /// Of the current entry's contents.
    var written: Int64 = 0
    var isClosed = false
  }

  private let entries: @Sendable () async throws -> ZipEntry?
  private let archive = WrittenArchive()
  private let state = Mutex(State())

  init(entries: @escaping @Sendable () async throws -> ZipEntry?) {
    self.entries = entries
  }

  func next() async throws -> [UInt8]? {
    while true {
      if state.withLock({ $0.isClosed }) { return nil }
      let bytes = try await step()
      if !bytes.isEmpty { return bytes }
    }
  }

  /// The next chunk of the current entry, its end, the next entry, or the archive's end; and the bytes that came of it.
  private func step() async throws -> [UInt8] {
    if let entry = state.withLock({ $0.current }) {
      if let chunk = try await entry.contents.next() { return try await write(chunk, of: entry) }
      return try await finish(entry)
    }
    guard let entry = try await entries() else {
      state.withLock { $0.isClosed = true }
      return try await perform { archive in try archive.close() }
    }
    let name = try EntryName.checked(entry.name)
    state.withLock { state in
      state.current = entry
      state.written = 0
    }
    return try await perform { archive in try archive.begin(entry, name: name) }
  }

  private func write(_ chunk: [UInt8], of entry: ZipEntry) async throws -> [UInt8] {
    let written = state.withLock { state in
      state.written += Int64(chunk.count)
      return state.written
    }
    if let length = entry.contents.length, written > length { throw Self.wrongLength(entry, length) }
    return try await perform { archive in try archive.write(chunk) }
  }

  private func finish(_ entry: ZipEntry) async throws -> [UInt8] {
    let written = state.withLock { state in
      state.current = nil
      return state.written
    }
    if let length = entry.contents.length, written != length { throw Self.wrongLength(entry, length) }
    return try await perform { archive in try archive.finishEntry() }
  }

  private func perform(_ body: @escaping @Sendable (WrittenArchive) throws -> Void) async throws -> [UInt8] {
    try await ZipWriter.executor.run { [archive] in
      try body(archive)
      return archive.takeOutput()
    }
  }

  private static func wrongLength(_ entry: ZipEntry, _ length: Int64) -> ArchiveError {
    ArchiveError(
      .invalidEntry, "the contents of '\(entry.name)' have not the \(length) bytes that were announced")
  }
}
