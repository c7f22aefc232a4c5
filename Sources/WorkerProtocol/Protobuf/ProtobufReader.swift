/// Reads the fields of one message from foreign bytes.
///
/// The reader only looks at the bytes: whoever makes it keeps them alive for as long as the reader, and the
/// ranges it hands out, are used. Each length is compared with what is left before it is used, so nothing
/// that a peer sends can trap.
package struct ProtobufReader {
  /// The most bytes that one message may have: 16 MiB.
  package static let maximumMessageBytes = 16 * 1_024 * 1_024
  /// How deep messages and groups may be nested.
  package static let maximumDepth = 32

  private let bytes: UnsafeRawBufferPointer
  /// The next byte to read, counted from the start of the outermost message.
  private var position: Int
  private let end: Int
  private let depth: Int

  /// A reader of a whole message.
  package init(_ bytes: UnsafeRawBufferPointer) throws(WorkerProtocolError) {
    guard bytes.count <= Self.maximumMessageBytes else {
      throw WorkerProtocolError(code: .tooLarge, position: 0)
    }
    self.init(bytes: bytes, position: 0, end: bytes.count, depth: 0)
  }

  private init(bytes: UnsafeRawBufferPointer, position: Int, end: Int, depth: Int) {
    self.bytes = bytes
    self.position = position
    self.end = end
    self.depth = depth
  }

  /// The next field's tag, or `nil` at the end of the message. Its value has to be read or skipped next.
  @inline(__always)
  package mutating func nextField() throws(WorkerProtocolError) -> ProtobufField? {
    guard position < end else { return nil }
    let tag = try readVarint()
    let number = tag >> 3
    guard number >= 1, number <= ProtobufField.maximumNumber,
      let wireType = ProtobufWireType(rawValue: UInt8(truncatingIfNeeded: tag & 7))
    else { throw failure(.malformedField) }
    return ProtobufField(number: UInt32(truncatingIfNeeded: number), wireType: wireType)
  }

  /// A varint of any integer type, as its 64 bits.
  @inline(__always)
  package mutating func varint(_ field: ProtobufField) throws(WorkerProtocolError) -> UInt64 {
    guard field.wireType == .varint else { throw failure(.wrongWireType) }
    return try readVarint()
  }

  /// The value of an `int32` or an enum: the low 32 bits, as every implementation takes them.
  package mutating func int32(_ field: ProtobufField) throws(WorkerProtocolError) -> Int32 {
    Int32(truncatingIfNeeded: try varint(field))
  }

  package mutating func uint32(_ field: ProtobufField) throws(WorkerProtocolError) -> UInt32 {
    UInt32(truncatingIfNeeded: try varint(field))
  }

  package mutating func bool(_ field: ProtobufField) throws(WorkerProtocolError) -> Bool {
    try varint(field) != 0
  }

  /// The bytes of a `bytes` field, where they lie in the message.
  @inline(__always)
  package mutating func range(
    _ field: ProtobufField
  ) throws(WorkerProtocolError) -> UnsafeRawBufferPointer {
    guard field.wireType == .lengthDelimited else { throw failure(.wrongWireType) }
    let start = try advanceOverLength()
    return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
  }

  package mutating func string(_ field: ProtobufField) throws(WorkerProtocolError) -> String {
    let range = try range(field)
    guard let string = String(validating: range, as: UTF8.self) else { throw failure(.invalidUTF8) }
    return string
  }

  /// A reader of the message that is the value of `field`.
  @inline(__always)
  package mutating func message(
    _ field: ProtobufField
  ) throws(WorkerProtocolError) -> ProtobufReader {
    guard field.wireType == .lengthDelimited else { throw failure(.wrongWireType) }
    guard depth < Self.maximumDepth else { throw failure(.tooDeep) }
    let start = try advanceOverLength()
    return ProtobufReader(bytes: bytes, position: start, end: position, depth: depth + 1)
  }

  /// Steps over the value of a field that is not known.
  package mutating func skip(_ field: ProtobufField) throws(WorkerProtocolError) {
    switch field.wireType {
    case .varint: _ = try readVarint()
    case .fixed64: try advance(8)
    case .fixed32: try advance(4)
    case .lengthDelimited: _ = try advanceOverLength()
    case .startGroup: try skipGroup(field.number)
    case .endGroup: throw failure(.malformedField)
    }
  }

  /// Steps over everything up to the end of a group. Groups inside it are counted on a stack, not by
  /// recursion, whose depth a peer would choose.
  private mutating func skipGroup(_ number: UInt32) throws(WorkerProtocolError) {
    var open = [number]
    while let innermost = open.last {
      guard let field = try nextField() else { throw failure(.truncated) }
      switch field.wireType {
      case .startGroup:
        guard depth + open.count < Self.maximumDepth else { throw failure(.tooDeep) }
        open.append(field.number)
      case .endGroup:
        guard field.number == innermost else { throw failure(.malformedField) }
        open.removeLast()
      case .varint, .fixed64, .fixed32, .lengthDelimited:
        try skip(field)
      }
    }
  }

  @inline(__always)
  private mutating func readVarint() throws(WorkerProtocolError) -> UInt64 {
    guard position < end else { throw failure(.truncated) }
    let first = bytes[position]
    if first < 0x80 {
      position += 1
      return UInt64(first)
    }
    return try readLongVarint()
  }

  private mutating func readLongVarint() throws(WorkerProtocolError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end {
      let byte = bytes[position]
      position += 1
      // The tenth byte holds the 64th bit alone.
      guard shift < 63 || byte <= 1 else { throw failure(.malformedVarint) }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw failure(.truncated)
  }

  /// Reads a length, steps over that many bytes and returns where they began.
  @inline(__always)
  private mutating func advanceOverLength() throws(WorkerProtocolError) -> Int {
    let length = try readVarint()
    guard length <= UInt64(end - position) else { throw failure(.truncated) }
    let start = position
    position += Int(length)
    return start
  }

  private mutating func advance(_ count: Int) throws(WorkerProtocolError) {
    guard count <= end - position else { throw failure(.truncated) }
    position += count
  }

  private func failure(_ code: WorkerProtocolError.Code) -> WorkerProtocolError {
    WorkerProtocolError(code: code, position: position)
  }
}
