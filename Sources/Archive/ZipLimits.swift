/// What a zip archive that comes from outside may be at most.
package struct ZipLimits: Sendable, Hashable {
  package var maximumEntries = 10_000
  /// Of one file, unpacked.
  package var maximumEntryBytes: Int64 = 4 << 30
  /// Of all files, unpacked.
  package var maximumTotalBytes: Int64 = 16 << 30
  /// Of bytes unpacked to bytes read; looked at from `ratioFreeBytes` on. Deflate itself cannot do better than 1,032.
  package var maximumRatio: Int64 = 250
  /// So many bytes may come of nothing: small texts that repeat themselves are no attack.
  package var ratioFreeBytes: Int64 = 16 << 20

  package init() {}
}
