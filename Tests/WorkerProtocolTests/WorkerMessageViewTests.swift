import Testing
import WorkerProtocol

@Suite("Output and file chunks without a copy")
struct WorkerMessageViewTests {
  /// What a view tells, as the message that it stands for.
  static func message(viewing bytes: [UInt8]) throws -> WorkerMessage? {
    try bytes.withUnsafeBytes { buffer in
      let view = try WorkerMessageView(reading: buffer)
      switch view.kind {
      case .output(let stream):
        return WorkerMessage(id: view.id, offset: view.offset, .output(.init(stream, Array(view.data))))
      case .fileChunk(let eof):
        return WorkerMessage(id: view.id, offset: view.offset, .fileChunk(.init(Array(view.data), eof: eof)))
      case .other:
        #expect(view.data.isEmpty)
        return nil
      }
    }
  }

  @Test(
    "A view reads what the message reads",
    arguments: GoldenMessages.worker.canonical + GoldenMessages.worker.accepted.map(\.spelling))
  func viewAgrees(line: GoldenMessages.Line) throws {
    let message = try WorkerMessage(decoding: line.bytes)
    switch message.payload {
    case .output, .fileChunk: #expect(try Self.message(viewing: line.bytes) == message)
    default: #expect(try Self.message(viewing: line.bytes) == nil)
    }
  }

  static let sizes = [0, 1, 100, 127, 128, 16_383, 16_384, 262_144]

  @Test("A header and the data after it are a message", arguments: sizes, [0, 1, 300, UInt64.max])
  func headers(size: Int, offset: UInt64) throws {
    let data = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
    for stream: WorkerMessage.Output.Stream in [.standardOutput, .standardError] {
      let header = WorkerMessageFrame.outputHeader(id: 7, offset: offset, stream: stream, dataCount: size)
      #expect(header.count <= WorkerMessageFrame.maximumHeaderBytes)
      #expect(
        try WorkerMessage(decoding: header + data)
          == WorkerMessage(id: 7, offset: offset, .output(.init(stream, data))))
    }
    for eof in [false, true] {
      let header = WorkerMessageFrame.fileChunkHeader(id: 7, offset: offset, eof: eof, dataCount: size)
      #expect(header.count <= WorkerMessageFrame.maximumHeaderBytes)
      #expect(
        try WorkerMessage(decoding: header + data)
          == WorkerMessage(id: 7, offset: offset, .fileChunk(.init(data, eof: eof))))
    }
  }

  @Test("A header never grows above its bound")
  func longestHeader() {
    let header = WorkerMessageFrame.outputHeader(
      id: .max, offset: .max, stream: .init(rawValue: -1), dataCount: ProtobufReader.maximumMessageBytes)
    #expect(header.count <= WorkerMessageFrame.maximumHeaderBytes)
  }

  @Test("Many messages of output share one buffer")
  func batch() throws {
    var buffer: [UInt8] = []
    var messages: [WorkerMessage] = []
    for index in 0..<1_000 {
      let data = Array("line \(index)\n".utf8)
      let stream = WorkerMessage.Output.Stream(rawValue: Int32(index % 2))
      let start = buffer.count
      let count = data.withUnsafeBytes {
        WorkerMessageFrame.appendOutput(
          id: 4, offset: UInt64(index * 100), stream: stream, data: $0, to: &buffer)
      }
      #expect(count == buffer.count - start)
      messages.append(try WorkerMessage(decoding: Array(buffer[start...])))
      #expect(
        messages.last == WorkerMessage(id: 4, offset: UInt64(index * 100), .output(.init(stream, data))))
    }
  }
}
