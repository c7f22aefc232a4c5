/// An `Output` or a `FileChunk` read in place: no copy, nothing allocated.
///
/// `data` points into the bytes that were read and is good for as long as they are. What is read is what
/// `WorkerMessage(decoding:)` reads, whatever the order and number of the fields.
package struct WorkerMessageView {
  package enum Kind: Equatable, Sendable {
    case output(WorkerMessage.Output.Stream)
    case fileChunk(eof: Bool)
    /// Anything else, for `WorkerMessage(decoding:)`.
    case other
  }

  package private(set) var id: UInt64 = 0
  package private(set) var offset: UInt64 = 0
  package private(set) var kind = Kind.other
  /// The bytes of the output or the chunk; empty for anything else.
  package private(set) var data = UnsafeRawBufferPointer(start: nil, count: 0)

  package init(reading bytes: UnsafeRawBufferPointer) throws(WorkerProtocolError) {
    var reader = try ProtobufReader(bytes)
    while let field = try reader.nextField() {
      switch field.number {
      case WorkerMessage.Field.id: id = try reader.varint(field)
      case WorkerMessage.Field.offset: offset = try reader.varint(field)
      case WorkerMessage.Field.output:
        try readOutput(reader.message(field))
      case WorkerMessage.Field.fileChunk:
        try readFileChunk(reader.message(field))
      case WorkerMessage.Field.runnerInfo, WorkerMessage.Field.done, WorkerMessage.Field.error:
        kind = .other
        data = UnsafeRawBufferPointer(start: nil, count: 0)
        try reader.skip(field)
      default: try reader.skip(field)
      }
    }
  }

  @inline(__always)
  private mutating func readOutput(
    _ message: consuming ProtobufReader
  ) throws(WorkerProtocolError) {
    var stream = WorkerMessage.Output.Stream.standardOutput
    // A second occurrence is merged into the first, another member of the oneof replaces it.
    if case .output(let earlier) = kind {
      stream = earlier
    } else {
      data = UnsafeRawBufferPointer(start: nil, count: 0)
    }
    while let field = try message.nextField() {
      switch field.number {
      case WorkerMessage.Output.Field.stream:
        stream = WorkerMessage.Output.Stream(rawValue: try message.int32(field))
      case WorkerMessage.Output.Field.data: data = try message.range(field)
      default: try message.skip(field)
      }
    }
    kind = .output(stream)
  }

  @inline(__always)
  private mutating func readFileChunk(
    _ message: consuming ProtobufReader
  ) throws(WorkerProtocolError) {
    var eof = false
    if case .fileChunk(let earlier) = kind {
      eof = earlier
    } else {
      data = UnsafeRawBufferPointer(start: nil, count: 0)
    }
    while let field = try message.nextField() {
      switch field.number {
      case WorkerMessage.FileChunk.Field.data: data = try message.range(field)
      case WorkerMessage.FileChunk.Field.eof: eof = try message.bool(field)
      default: try message.skip(field)
      }
    }
    kind = .fileChunk(eof: eof)
  }
}
