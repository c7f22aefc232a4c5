import CShims
import Crypto
import Glibc
import Platform

/// The blocking half of a writer: hashes and writes, in order, on a thread that may block.
struct ContentSink: ~Copyable {
  /// One write is at most this long: larger ones make new pages of the page cache several times dearer.
  static let maximumWriteBytes = 262_144
  /// Content has to have this length before room is taken ahead, so that small files cost one call less.
  static let minimumReservedBytes: Int64 = 1_048_576
  /// Room is taken ahead in steps of this size.
  static let reservationBytes: Int64 = 67_108_864

  let file: TemporaryFile
  private let expectedBytes: Int64?
  private var hash = SHA256()
  private(set) var size: Int64 = 0
  private var reserved: Int64 = 0

  init(_ file: TemporaryFile, expectedBytes: Int64?) {
    self.file = file
    self.expectedBytes = expectedBytes
  }

  /// Goes on with a file that has something already: reads it, and writes after it. Blocks.
  init(continuing file: TemporaryFile) throws(SystemError) {
    self.init(file, expectedBytes: nil)
    while true {
      let bytes = try file.descriptor.read(upTo: Self.maximumWriteBytes)
      if bytes.isEmpty { return }
      hash.update(bytes)
      size += Int64(bytes.count)
    }
  }

  mutating func take(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    hash.update(bytes)
    var rest = bytes
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.maximumWriteBytes))
      reserve(for: Int64(part.count))
      try file.descriptor.writeAll(part)
      size += Int64(part.count)
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
    }
  }

  /// Ends the content: after this it is on the disk, unless `synchronizes` is false.
  mutating func finish(synchronizes: Bool) throws(SystemError) -> StoredContent {
    // Gives back the room that was taken ahead and not used.
    if reserved > size, reserved != .max, ftruncate(file.descriptor.raw, Int(size)) != 0 {
      throw .last("ftruncate")
    }
    if synchronizes, fsync(file.descriptor.raw) != 0 { throw .last("fsync") }
    file.markUnneeded()
    return StoredContent(size: size, sha256: Hexadecimal.encode(hash.finalize()), file: file)
  }

  /// Takes room on the disk before it is written to, which is cheaper than page by page.
  private mutating func reserve(for count: Int64) {
    let end = size + count
    guard end > reserved, max(end, expectedBytes ?? 0) >= Self.minimumReservedBytes else { return }
    // What was told by others is a hint: it may shorten a step, and it never lengthens one.
    let isNearEnd = expectedBytes.map { $0 >= end && $0 - size < Self.reservationBytes } ?? false
    let step = isNearEnd ? (expectedBytes ?? 0) - size : Self.reservationBytes
    // The file's length stays that of what was written, since a file that is continued is known by it.
    // No room or no such call on this file system: the write itself will tell, or do.
    let isTaken = shim_reserve(file.descriptor.raw, Int(size), Int(step)) == 0
    reserved = isTaken ? size + step : .max
  }
}
