import CArchive
import Glibc
import Platform

/// libarchive's reader.
///
/// Not safe for concurrent use: everything but the making happens on the reader's one thread.
final class OpenedArchive: @unchecked Sendable {
  /// libarchive reads a file in such blocks, and unpacked bytes are handed over in such chunks.
  private static let blockBytes = 64 << 10

  /// What an archive says before an entry's bytes.
  struct Head: Sendable {
    enum FileType: Sendable {
      case file, folder, other
      case link(target: String)
    }

    let name: String
    let type: FileType
    let permissions: UInt16?
    let modifiedAt: Timestamp?
    let size: Int64?
    let isEncrypted: Bool
  }

  /// A part of an entry's bytes.
  struct Chunk: Sendable {
    let bytes: [UInt8]
    /// Of this entry so far, this chunk included.
    let entryBytes: Int64
    /// Of the archive: read so far from a stream, or the whole file's size.
    let packedBytes: Int64
  }

  private enum Origin {
    case stream(Input)
    case file(path: String)
  }

  /// What the callback asks for bytes; it owns the chunk that libarchive is reading from.
  fileprivate final class Input {
    let source: ArchiveSource
    private var chunk = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 1)

    init(_ source: ArchiveSource) {
      self.source = source
    }

    deinit {
      chunk.deallocate()
    }

    /// The next bytes, valid until the next call; none at the end, `nil` when the stream failed.
    func next() -> UnsafeMutableRawBufferPointer? {
      do {
        let bytes = try source.take() ?? []
        chunk.deallocate()
        chunk = .allocate(byteCount: bytes.count, alignment: 1)
        chunk.copyBytes(from: bytes)
        return chunk
      } catch {
        return nil
      }
    }
  }

  private let archive: OpaquePointer?
  private let origin: Origin
  private var isOpen = false
  private var isInEntry = false
  private var entryBytes: Int64 = 0
  private var fileBytes: Int64 = 0

  init(source: ArchiveSource) {
    archive = archive_read_new()
    origin = .stream(Input(source))
  }

  init(path: String) {
    archive = archive_read_new()
    origin = .file(path: path)
  }

  deinit {
    if let archive { archive_read_free(archive) }
  }

  /// The next entry's head; `nil` at the end.
  func nextHead() throws(ArchiveError) -> Head? {
    try open()
    var entry: OpaquePointer?
    let result = TextLocale.withUTF8 { archive_read_next_header(archive, &entry) }
    if result == ARCHIVE_EOF { return nil }
    // A warning is about a name's encoding or a field nobody needs; the name is looked at in any case.
    guard result >= ARCHIVE_WARN, let entry else { throw malformed() }
    isInEntry = true
    entryBytes = 0
    return TextLocale.withUTF8 { head(entry) }
  }

  /// The next bytes of the entry; `nil` at its end. A wrong checksum is an error.
  func nextChunk() throws(ArchiveError) -> Chunk? {
    guard isInEntry else { return nil }
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.blockBytes) { buffer, filled in
      count = archive_read_data(archive, buffer.baseAddress, buffer.count)
      filled = max(0, count)
    }
    guard count >= 0 else { throw malformed() }
    guard count > 0 else {
      isInEntry = false
      return nil
    }
    entryBytes += Int64(count)
    return Chunk(bytes: bytes, entryBytes: entryBytes, packedBytes: packedBytes)
  }

  private var packedBytes: Int64 {
    switch origin {
    case .stream(let input): input.source.receivedBytes
    case .file: fileBytes
    }
  }

  private func open() throws(ArchiveError) {
    guard !isOpen else { return }
    guard archive != nil else { throw ArchiveError(.system, "there is no memory for an archive") }
    isOpen = true
    switch origin {
    case .stream(let input):
      archive_read_support_format_zip_streamable(archive)
      let context = Unmanaged.passUnretained(input).toOpaque()
      guard archive_read_open(archive, context, nil, giveArchiveBytes, nil) == ARCHIVE_OK else {
        throw malformed()
      }
    case .file(let path):
      var status = stat()
      guard stat(path, &status) == 0 else {
        throw ArchiveError(.system, "\(SystemError.last("open \(path)"))")
      }
      fileBytes = Int64(status.st_size)
      archive_read_support_format_zip_seekable(archive)
      guard archive_read_open_filename(archive, path, Self.blockBytes) == ARCHIVE_OK else {
        throw malformed()
      }
    }
  }

  private func head(_ entry: OpaquePointer) -> Head {
    var type = Head.FileType.other
    // libarchive's own numbers (AE_IFREG, AE_IFDIR, AE_IFLNK), which are macros that Swift cannot read.
    switch archive_entry_filetype(entry) {
    case 0o100_000: type = .file
    case 0o040_000: type = .folder
    case 0o120_000: type = .link(target: ArchiveText.string(archive_entry_symlink(entry)) ?? "")
    default: break
    }
    let isStream = if case .stream = origin { true } else { false }
    let seconds = Int64(archive_entry_mtime(entry))
    let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
    return Head(
      name: ArchiveText.string(archive_entry_pathname(entry)) ?? "", type: type,
      permissions: isStream ? nil : UInt16(truncatingIfNeeded: archive_entry_perm(entry)) & 0o777,
      modifiedAt: overflow || archive_entry_mtime_is_set(entry) == 0
        ? nil : Timestamp(milliseconds: milliseconds),
      size: archive_entry_size_is_set(entry) == 0 ? nil : archive_entry_size(entry),
      isEncrypted: archive_entry_is_encrypted(entry) != 0)
  }

  private func malformed() -> ArchiveError {
    ArchiveError(.malformed, "the zip archive cannot be read: \(ArchiveText.error(of: archive))")
  }
}

/// Called by libarchive for more bytes of the archive.
private nonisolated func giveArchiveBytes(
  _ archive: OpaquePointer?, _ context: UnsafeMutableRawPointer?,
  _ bytes: UnsafeMutablePointer<UnsafeRawPointer?>?
) -> la_ssize_t {
  guard let context else { return -1 }
  guard let chunk = Unmanaged<OpenedArchive.Input>.fromOpaque(context).takeUnretainedValue().next() else {
    return -1
  }
  bytes?.pointee = UnsafeRawPointer(chunk.baseAddress)
  return chunk.count
}
