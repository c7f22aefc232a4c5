/// A zip archive of stored entries, byte by byte, which may say what no honest writer says.
struct RawZip {
  struct Entry {
    var name: String
    var contents: [UInt8] = []
    var flags: UInt16 = 0x800
    /// Unix mode; with the file's type.
    var mode: UInt32 = 0o100_644
    /// What the entry says its checksum is, where that is not the truth.
    var checksum: UInt32?
  }

  static func bytes(_ entries: [Entry]) -> [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let offset = UInt32(bytes.count)
      let name = Array(entry.name.utf8)
      let fields =
        little(20, 2) + little(UInt32(entry.flags), 2) + little(0, 2) + little(0, 2) + little(0x21, 2)
        + little(entry.checksum ?? checksum(of: entry.contents), 4) + little(UInt32(entry.contents.count), 4)
        + little(UInt32(entry.contents.count), 4) + little(UInt32(name.count), 2) + little(0, 2)
      bytes += little(0x0403_4b50, 4) + fields + name + entry.contents
      // Made by version 3.0 on Unix, so that the mode counts.
      directory += little(0x0201_4b50, 4) + little(0x031e, 2) + fields
      directory +=
        little(0, 2) + little(0, 2) + little(0, 2) + little(entry.mode << 16, 4) + little(offset, 4) + name
    }
    let start = UInt32(bytes.count)
    bytes += directory
    bytes += little(0x0605_4b50, 4) + little(0, 2) + little(0, 2)
    bytes += little(UInt32(entries.count), 2) + little(UInt32(entries.count), 2)
    bytes += little(UInt32(directory.count), 4) + little(start, 4) + little(0, 2)
    return bytes
  }

  /// CRC-32 as zip has it (ISO 3309).
  static func checksum(of bytes: [UInt8]) -> UInt32 {
    var checksum: UInt32 = 0xffff_ffff
    for byte in bytes {
      checksum ^= UInt32(byte)
      for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xedb8_8320 : checksum >> 1 }
    }
    return ~checksum
  }

  private static func little(_ value: UInt32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
  }
}
