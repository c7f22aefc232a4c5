/// The 5 bytes before each message: a flag for compression and a big-endian length
/// ("gRPC over HTTP2", Length-Prefixed-Message).
enum MessagePrefix {
  static let byteCount = 5

  /// Where the message lies whose prefix begins at `offset`; nil unless prefix and message are there in full.
  @inline(__always)
  static func messageRange(in bytes: UnsafeRawBufferPointer, at offset: Int) -> Range<Int>? {
    guard offset <= bytes.count - byteCount else { return nil }
    let start = offset + byteCount
    let length = length(in: bytes, at: offset)
    guard length <= bytes.count - start else { return nil }
    return start..<start + length
  }

  /// The length in the prefix that begins at `offset`, which must be there in full.
  @inline(__always)
  static func length(in bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
    Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 1, as: UInt32.self)))
  }

  static func append(length: Int, to bytes: inout [UInt8]) {
    let length = UInt32(truncatingIfNeeded: length)
    bytes.append(0)
    bytes.append(UInt8(truncatingIfNeeded: length >> 24))
    bytes.append(UInt8(truncatingIfNeeded: length >> 16))
    bytes.append(UInt8(truncatingIfNeeded: length >> 8))
    bytes.append(UInt8(truncatingIfNeeded: length))
  }
}
