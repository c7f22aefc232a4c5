import WorkerProtocol

/// A segment as it lies in the spool's file: the command's id (8 bytes), the stream (4), the number of bytes (4), all
/// little-endian, then the bytes. Where in the log it begins follows from those before it.
enum SpoolRecord {
  static let headerBytes = 16
  /// The most bytes that a record takes.
  static let maximumBytes = headerBytes + OutputSpool.maximumPieceBytes

  static func byteCount(of segment: OutputSegment) -> Int { headerBytes + segment.bytes.count }

  static func append(_ segment: OutputSegment, to buffer: inout [UInt8]) {
    withUnsafeBytes(of: segment.id.littleEndian) { buffer += $0 }
    withUnsafeBytes(of: segment.stream.rawValue.littleEndian) { buffer += $0 }
    withUnsafeBytes(of: UInt32(segment.bytes.count).littleEndian) { buffer += $0 }
    buffer += segment.bytes
  }

  /// The whole records at the beginning of `buffer`, the first of which begins at `offset` of the log, and how many bytes
  /// they take. `nil` when these are no records: at least one has to be whole.
  static func read(_ buffer: [UInt8], at offset: UInt64) -> (segments: [OutputSegment], byteCount: Int)? {
    var segments: [OutputSegment] = []
    var offset = offset
    var position = 0
    while buffer.count - position > headerBytes {
      let count = Int(number(UInt32.self, in: buffer, at: position + 12))
      guard count > 0, count <= OutputSpool.maximumPieceBytes else { return nil }
      guard position + headerBytes + count <= buffer.count else { break }
      let start = position + headerBytes
      segments.append(
        OutputSegment(
          id: number(UInt64.self, in: buffer, at: position),
          stream: .init(rawValue: Int32(bitPattern: number(UInt32.self, in: buffer, at: position + 8))),
          offset: offset, bytes: Array(buffer[start..<(start + count)])))
      offset += UInt64(count)
      position = start + count
    }
    return segments.isEmpty ? nil : (segments, position)
  }

  private static func number<Number: FixedWidthInteger>(
    _: Number.Type, in buffer: [UInt8], at position: Int
  ) -> Number {
    var value: Number = 0
    for index in (0..<(Number.bitWidth / 8)).reversed() {
      value = value << 8 | Number(buffer[position + index])
    }
    return value
  }
}
