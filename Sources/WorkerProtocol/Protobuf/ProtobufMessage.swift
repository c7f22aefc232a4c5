/// A message that can be written as protocol buffers and read back.
///
/// Reading follows the rules of the format: unknown fields are skipped, the last of several scalars counts,
/// a message that occurs twice is merged, and a `oneof` keeps the member that came last.
package protocol ProtobufMessage: Sendable, Equatable {
  /// The message with every field at its default.
  init()

  /// Appends the message's fields, in the order of their numbers.
  func write(to writer: inout ProtobufWriter)

  /// Reads fields into this message until the reader's end.
  mutating func merge(from reader: inout ProtobufReader) throws(WorkerProtocolError)
}

extension ProtobufMessage {
  /// The message's bytes. Equal messages have equal bytes.
  package func encode() -> [UInt8] {
    var writer = ProtobufWriter()
    write(to: &writer)
    return writer.bytes
  }

  /// Reads a message; nothing of `bytes` is kept.
  package init(decoding bytes: UnsafeRawBufferPointer) throws(WorkerProtocolError) {
    self.init()
    var reader = try ProtobufReader(bytes)
    try merge(from: &reader)
  }

  /// Reads a message.
  package init(decoding bytes: [UInt8]) throws(WorkerProtocolError) {
    let result = bytes.withUnsafeBytes { buffer -> Result<Self, WorkerProtocolError> in
      do throws(WorkerProtocolError) { return .success(try Self(decoding: buffer)) } catch {
        return .failure(error)
      }
    }
    self = try result.get()
  }
}

extension ProtobufReader {
  /// Merges the message that is the value of `field` into `target`.
  mutating func merge<Message: ProtobufMessage>(
    _ field: ProtobufField, into target: inout Message
  ) throws(WorkerProtocolError) {
    var inner = try message(field)
    try target.merge(from: &inner)
  }

  /// The message that is the value of `field`, merged into `earlier` when the field stood there before.
  mutating func merged<Message: ProtobufMessage>(
    _ field: ProtobufField, with earlier: Message?
  ) throws(WorkerProtocolError) -> Message {
    var target = earlier ?? Message()
    try merge(field, into: &target)
    return target
  }

  /// Reads one entry of a `map<string, string>` into `entries`; a missing key or value is the empty string.
  mutating func mapEntry(
    _ field: ProtobufField, into entries: inout [String: String]
  ) throws(WorkerProtocolError) {
    var entry = try message(field)
    var key = ""
    var value = ""
    while let inner = try entry.nextField() {
      switch inner.number {
      case 1: key = try entry.string(inner)
      case 2: value = try entry.string(inner)
      default: try entry.skip(inner)
      }
    }
    entries[key] = value
  }
}
