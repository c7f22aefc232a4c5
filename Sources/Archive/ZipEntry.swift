package import Platform

/// A file that is to be put into a zip archive.
package struct ZipEntry: Sendable {
  package enum Compression: Sendable, Hashable {
    case deflate
    /// The bytes as they are, for what is compressed already.
    case store
  }

  /// The path in the archive, by slashes, as `EntryName` allows it.
  package var name: String
  /// The nine bits of a mode.
  package var permissions: UInt16
  /// Kept in seconds. The old field of the format is in local time and even seconds, the newer one beside it in UTC.
  package var modifiedAt: Timestamp
  package var compression: Compression
  package var contents: ByteStream

  /// - Parameter modifiedAt: the format's first day unless another is given, so that equal contents give equal archives.
  package init(
    _ name: String, permissions: UInt16 = 0o644, modifiedAt: Timestamp = ZipEntry.epoch,
    compression: Compression = .deflate, contents: ByteStream
  ) {
    self.name = name
    self.permissions = permissions & 0o777
    self.modifiedAt = modifiedAt
    self.compression = compression
    self.contents = contents
  }

  /// 1980-01-01T00:00:00Z, where the format's times begin.
  package static let epoch = Timestamp(milliseconds: 315_532_800_000)
}
