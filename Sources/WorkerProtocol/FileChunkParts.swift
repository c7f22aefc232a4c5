package import GRPC
package import Platform

/// A large `FileChunk` whose data stays where it was received, so that it goes to the file without a copy.
///
/// This reads messages as `WorkerMessageFrame` writes them: the data comes last. It gives `nil` for every other message,
/// valid or not, and that is read as a whole (`WorkerMessageView`).
package struct FileChunkParts: Sendable {
  package private(set) var id: UInt64 = 0
  package private(set) var offset: UInt64 = 0
  package private(set) var eof = false
  /// The data in order, in the parts it came in.
  package private(set) var data: [ReceivedBytes] = []

  package init?(_ message: IncomingMessage) {
    guard message.byteCount > WorkerMessageFrame.maximumHeaderBytes else { return nil }
    var head = Head(bytes: message.prefix(WorkerMessageFrame.maximumHeaderBytes))
    guard readEnvelope(&head, messageBytes: message.byteCount),
      readChunk(&head, messageBytes: message.byteCount),
      let data = message.fragments(from: head.position)
    else { return nil }
    self.data = data
  }

  /// Reads up to the content of `file_chunk`, which must be the last field.
  private mutating func readEnvelope(_ head: inout Head, messageBytes: Int) -> Bool {
    while let (number, wireType) = head.tag() {
      switch (number, wireType) {
      case (WorkerMessage.Field.id, .varint):
        guard let value = head.varint() else { return false }
        id = value
      case (WorkerMessage.Field.offset, .varint):
        guard let value = head.varint() else { return false }
        offset = value
      case (WorkerMessage.Field.fileChunk, .lengthDelimited):
        guard let length = head.varint() else { return false }
        return length == UInt64(messageBytes - head.position)
      default: return false
      }
    }
    return false
  }

  /// Reads up to the content of `data`, which must be the last field.
  private mutating func readChunk(_ head: inout Head, messageBytes: Int) -> Bool {
    while let (number, wireType) = head.tag() {
      switch (number, wireType) {
      case (WorkerMessage.FileChunk.Field.eof, .varint):
        guard let value = head.varint() else { return false }
        eof = value != 0
      case (WorkerMessage.FileChunk.Field.data, .lengthDelimited):
        guard let length = head.varint() else { return false }
        return length == UInt64(messageBytes - head.position)
      default: return false
      }
    }
    return false
  }
}

/// The first bytes of a message.
private struct Head {
  let bytes: [UInt8]
  private(set) var position = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func tag() -> (UInt32, ProtobufWireType)? {
    guard let tag = varint(), let number = UInt32(exactly: tag >> 3),
      let wireType = ProtobufWireType(rawValue: UInt8(truncatingIfNeeded: tag & 7))
    else { return nil }
    return (number, wireType)
  }

  mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count, shift < 63 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
