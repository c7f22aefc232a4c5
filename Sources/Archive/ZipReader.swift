package import Platform
import Synchronization

/// Reads a zip archive, entry by entry, as it is pulled.
///
/// The archive may come from anybody: every number of it is bounded (`ZipLimits`), and a name or link that leads out of the
/// folder that it is unpacked to is refused. Decompressing happens on a thread of the reader's own.
///
/// To be used by one task. An entry's contents end when the next entry is asked for.
package final class ZipReader: Sendable {
  /// What stands before an entry's bytes.
  package struct Entry: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
      case file
      case folder
      /// Known from a file only: a stream's headers do not say it, and a link comes as a file that holds its target.
      case link(target: String)
    }

    /// The path by slashes: relative, without `.` and `..`, each segment at most 255 bytes.
    package let name: String
    package let kind: Kind
    /// The nine bits of a mode; known from a file only.
    package let permissions: UInt16?
    package let modifiedAt: Timestamp?
    /// Unpacked, as the archive says it before; what really comes may differ, and is bounded all the same.
    package let size: Int64?
  }

  private struct State {
    var number = 0
    var isOver = false
    var links: Set<String> = []
    var folders: Set<String> = []
    var unpackedBytes: Int64 = 0
  }

  private let archive: OpenedArchive
  private let source: ArchiveSource
  private let limits: ZipLimits
  private let executor = BlockingExecutor(name: "unzip")
  private let state = Mutex(State())

  /// Reads the archive as it comes, by the headers before each file. Damage in the directory at its end is not seen.
  package init(_ stream: ByteStream, limits: ZipLimits = ZipLimits()) {
    source = ArchiveSource(stream)
    archive = OpenedArchive(source: source)
    self.limits = limits
  }

  /// Reads an archive that lies in a file, by the directory at its end.
  package init(file path: String, limits: ZipLimits = ZipLimits()) {
    source = ArchiveSource(ByteStream(length: 0) { nil })
    archive = OpenedArchive(path: path)
    self.limits = limits
  }

  deinit {
    executor.shutdown()
  }

  /// The next entry; `nil` at the archive's end. What is left of the entry before is skipped, within the same bounds.
  package func next() async throws -> Entry? {
    if state.withLock({ $0.isOver }) { return nil }
    // Skipping is reading: a bomb is one as well when nobody looks at it.
    while try await readContents() != nil {}
    guard let head = try await perform({ try $0.nextHead() }) else {
      state.withLock { $0.isOver = true }
      return nil
    }
    return try state.withLock { state throws(ArchiveError) in
      state.number += 1
      guard state.number <= limits.maximumEntries else {
        throw ArchiveError(.limit, "the archive has more than \(limits.maximumEntries) entries")
      }
      return try Self.entry(head, limits, &state)
    }
  }

  /// The current entry's bytes. Throws `ArchiveError`, or what the archive's own stream throws.
  package func contents() -> ByteStream {
    let number = state.withLock { $0.number }
    return ByteStream { [self] in
      guard state.withLock({ $0.number == number }) else {
        throw ArchiveError(.invalidEntry, "the reader is at another entry now")
      }
      return try await readContents()
    }
  }

  private func readContents() async throws -> [UInt8]? {
    guard let chunk = try await perform({ try $0.nextChunk() }) else { return nil }
    let total = state.withLock { state in
      state.unpackedBytes += Int64(chunk.bytes.count)
      return state.unpackedBytes
    }
    guard chunk.entryBytes <= limits.maximumEntryBytes, total <= limits.maximumTotalBytes else {
      throw ArchiveError(.limit, "the archive's files have more bytes than is allowed")
    }
    guard total <= limits.ratioFreeBytes || total / limits.maximumRatio <= chunk.packedBytes else {
      throw ArchiveError(.limit, "the archive's files are packed more than \(limits.maximumRatio) to 1")
    }
    return chunk.bytes
  }

  private func perform<T: Sendable>(
    _ body: @escaping @Sendable (OpenedArchive) throws -> T
  ) async throws -> T {
    try await source.serving(executor) { [archive] in try body(archive) }
  }

  /// Checks what the archive says of an entry.
  private static func entry(
    _ head: OpenedArchive.Head, _ limits: ZipLimits, _ state: inout State
  ) throws(ArchiveError) -> Entry {
    let name = try EntryName.checked(head.name)
    guard !head.isEncrypted else { throw ArchiveError(.refused, "'\(name)' is encrypted") }
    if let size = head.size, size > limits.maximumEntryBytes {
      throw ArchiveError(.limit, "'\(name)' has \(size) bytes, more than \(limits.maximumEntryBytes)")
    }
    try checkParents(of: name, &state)
    var kind = Entry.Kind.file
    switch head.type {
    case .file: break
    case .folder:
      kind = .folder
      state.folders.insert(name)
    case .link(let target):
      try EntryName.checkLink(target, at: name)
      guard !state.folders.contains(name) else {
        throw ArchiveError(.refused, "'\(name)' is a folder and a link")
      }
      state.links.insert(name)
      kind = .link(target: target)
    case .other: throw ArchiveError(.refused, "'\(name)' is neither a file nor a folder")
    }
    return Entry(
      name: name, kind: kind, permissions: head.permissions, modifiedAt: head.modifiedAt, size: head.size)
  }

  /// Refuses what would be unpacked through a link: where that leads is known only when it is there.
  private static func checkParents(of name: String, _ state: inout State) throws(ArchiveError) {
    var parent = ""
    for segment in name.split(separator: "/").dropLast() {
      parent += parent.isEmpty ? String(segment) : "/\(segment)"
      guard !state.links.contains(parent) else {
        throw ArchiveError(.refused, "'\(name)' lies beneath a link")
      }
      state.folders.insert(parent)
    }
  }
}
