import CArchive
import Platform

/// libarchive's writer with the bytes that it has given.
///
/// Not safe for concurrent use: `ZipOutput` uses it for one thing after the other.
final class WrittenArchive: @unchecked Sendable {
  private let archive: OpaquePointer?
  private let output = Output()
  private var isOpen = false

  /// What the callback has gathered.
  private final class Output {
    var bytes: [UInt8] = []
  }

  init() {
    archive = archive_write_new()
  }

  deinit {
    // What was not closed is not to be completed: nobody takes the bytes any more.
    if let archive {
      if isOpen { archive_write_fail(archive) }
      archive_write_free(archive)
    }
  }

  func takeOutput() -> [UInt8] {
    defer { output.bytes = [] }
    return output.bytes
  }

  func begin(_ entry: ZipEntry, name: String) throws(ArchiveError) {
    try open()
    guard let header = archive_entry_new() else {
      throw ArchiveError(.system, "there is no memory for an entry")
    }
    defer { archive_entry_free(header) }
    archive_entry_copy_pathname(header, name)
    // AE_IFREG, a macro that Swift cannot read.
    archive_entry_set_filetype(header, 0o100_000)
    archive_entry_set_perm(header, mode_t(entry.permissions))
    archive_entry_set_mtime(header, time_t(entry.modifiedAt.milliseconds / 1_000), 0)
    if let length = entry.contents.length { archive_entry_set_size(header, length) }
    switch entry.compression {
    case .deflate: try check(archive_write_zip_set_compression_deflate(archive))
    case .store: try check(archive_write_zip_set_compression_store(archive))
    }
    try check(TextLocale.withUTF8 { archive_write_header(archive, header) })
  }

  func write(_ chunk: [UInt8]) throws(ArchiveError) {
    let written = chunk.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
    guard written == chunk.count else { throw failure() }
  }

  func finishEntry() throws(ArchiveError) {
    try check(archive_write_finish_entry(archive))
  }

  /// Writes the directory at the end. An archive without entries is one, too.
  func close() throws(ArchiveError) {
    try open()
    try check(TextLocale.withUTF8 { archive_write_close(archive) })
    isOpen = false
  }

  private func open() throws(ArchiveError) {
    guard !isOpen else { return }
    guard archive != nil else { throw ArchiveError(.system, "there is no memory for an archive") }
    try check(archive_write_set_format_zip(archive))
    // Nothing is padded, and nothing held back.
    try check(archive_write_set_bytes_per_block(archive, 0))
    try check(archive_write_set_bytes_in_last_block(archive, 1))
    try check(
      archive_write_open(archive, Unmanaged.passUnretained(output).toOpaque(), nil, takeArchiveBytes, nil))
    isOpen = true
  }

  private func check(_ result: Int32) throws(ArchiveError) {
    // A warning (such as a time that the format cannot say) leaves a good archive.
    guard result >= ARCHIVE_WARN else { throw failure() }
  }

  private func failure() -> ArchiveError {
    ArchiveError(.invalidEntry, "the archive could not be written: \(ArchiveText.error(of: archive))")
  }

  fileprivate static func append(_ bytes: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer) {
    Unmanaged<Output>.fromOpaque(output).takeUnretainedValue().bytes += bytes
  }
}

/// Called by libarchive with bytes of the archive.
private nonisolated func takeArchiveBytes(
  _ archive: OpaquePointer?, _ output: UnsafeMutableRawPointer?, _ bytes: UnsafeRawPointer?, _ count: Int
) -> la_ssize_t {
  guard let output else { return -1 }
  WrittenArchive.append(UnsafeRawBufferPointer(start: bytes, count: count), to: output)
  return count
}
