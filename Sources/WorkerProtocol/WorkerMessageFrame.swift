/// Writes `Output` and `FileChunk` so that their data need not be copied: everything but the data is a
/// header of a few bytes, the data comes last.
///
/// That puts the offset before the payload and `eof` before `data`; the format allows fields in any order.
package enum WorkerMessageFrame {
  /// The most bytes that a header can have.
  package static let maximumHeaderBytes = 48

  /// What stands before `dataCount` bytes of output. A message without data is the header alone.
  package static func outputHeader(
    id: UInt64, offset: UInt64, stream: WorkerMessage.Output.Stream, dataCount: Int
  ) -> [UInt8] {
    var writer = ProtobufWriter(reserving: maximumHeaderBytes)
    appendOutputHeader(id: id, offset: offset, stream: stream, dataCount: dataCount, to: &writer)
    return writer.bytes
  }

  /// What stands before `dataCount` bytes of a file.
  package static func fileChunkHeader(
    id: UInt64, offset: UInt64, eof: Bool, dataCount: Int
  ) -> [UInt8] {
    var writer = ProtobufWriter(reserving: maximumHeaderBytes)
    appendEnvelope(id: id, offset: offset, to: &writer)
    let eofBytes = eof ? 2 : 0
    writer.tag(WorkerMessage.Field.fileChunk, .lengthDelimited)
    writer.rawVarint(UInt64(eofBytes + dataFieldSize(dataCount)))
    writer.bool(WorkerMessage.FileChunk.Field.eof, eof)
    appendDataTag(WorkerMessage.FileChunk.Field.data, dataCount, to: &writer)
    return writer.bytes
  }

  /// Appends a whole message of output to `buffer`, so that many share one allocation.
  ///
  /// - Returns: how many bytes the message has.
  @discardableResult
  package static func appendOutput(
    id: UInt64, offset: UInt64, stream: WorkerMessage.Output.Stream, data: UnsafeRawBufferPointer,
    to buffer: inout [UInt8]
  ) -> Int {
    let start = buffer.count
    var writer = ProtobufWriter(appendingTo: buffer.take())
    appendOutputHeader(id: id, offset: offset, stream: stream, dataCount: data.count, to: &writer)
    writer.append(data)
    buffer = writer.bytes
    return buffer.count - start
  }

  @inline(__always)
  private static func appendOutputHeader(
    id: UInt64, offset: UInt64, stream: WorkerMessage.Output.Stream, dataCount: Int,
    to writer: inout ProtobufWriter
  ) {
    appendEnvelope(id: id, offset: offset, to: &writer)
    let value = UInt64(bitPattern: Int64(stream.rawValue))
    let streamBytes = value == 0 ? 0 : 1 + ProtobufWriter.size(value)
    writer.tag(WorkerMessage.Field.output, .lengthDelimited)
    writer.rawVarint(UInt64(streamBytes + dataFieldSize(dataCount)))
    writer.varint(WorkerMessage.Output.Field.stream, value)
    appendDataTag(WorkerMessage.Output.Field.data, dataCount, to: &writer)
  }

  @inline(__always)
  private static func appendEnvelope(id: UInt64, offset: UInt64, to writer: inout ProtobufWriter) {
    writer.varint(WorkerMessage.Field.id, id)
    writer.varint(WorkerMessage.Field.offset, offset)
  }

  @inline(__always)
  private static func appendDataTag(
    _ number: UInt32, _ dataCount: Int, to writer: inout ProtobufWriter
  ) {
    guard dataCount > 0 else { return }
    writer.tag(number, .lengthDelimited)
    writer.rawVarint(UInt64(dataCount))
  }

  /// The bytes of a `data` field with its tag and length; 0 when it is empty and so not written.
  @inline(__always)
  private static func dataFieldSize(_ count: Int) -> Int {
    count == 0 ? 0 : 1 + ProtobufWriter.size(UInt64(count)) + count
  }
}

extension [UInt8] {
  /// The bytes, leaving none behind; so that whoever takes them can append without a copy.
  fileprivate mutating func take() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&self, &taken)
    return taken
  }
}
