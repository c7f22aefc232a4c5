import Testing
import WorkerProtocol

@testable import GRPC
@testable import Platform

@Suite struct FileChunkPartsTests {
  /// A message that came in two pieces, cut at `cut`.
  func message(_ bytes: [UInt8], cut: Int) throws -> IncomingMessage {
    let pool = SlabPool()
    var parts: [ReceivedBytes] = []
    for part in [bytes[..<cut], bytes[cut...]] where !part.isEmpty {
      let received = pool.read { memory in
        memory.copyBytes(from: part)
        return part.count
      }
      parts.append(try #require(received.bytes))
    }
    return IncomingMessage(fragments: parts, byteCount: bytes.count)
  }

  @Test(arguments: [0, 1, 5, 12, 13, 14, 40, 5_000])
  func `A chunk of our own making is taken apart where it lies`(cut: Int) throws {
    let payload = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
    let head = WorkerMessageFrame.fileChunkHeader(id: 7, offset: 1 << 40, eof: true, dataCount: payload.count)
    let parts = try #require(FileChunkParts(message(head + payload, cut: cut)))
    #expect(parts.id == 7)
    #expect(parts.offset == 1 << 40)
    #expect(parts.eof)
    #expect(parts.data.flatMap { $0.array() } == payload)
  }

  @Test func `Anything else is left to the whole decoder`() throws {
    let payload = [UInt8](repeating: 1, count: 1_000)
    let head = WorkerMessageFrame.fileChunkHeader(id: 7, offset: 0, eof: false, dataCount: payload.count)
    let output = WorkerMessage(id: 1, .output(.init(.standardOutput, payload)))
    let others = [
      output.encode(), head + payload + [8, 1], head + payload.dropLast(),
      [UInt8](repeating: 0xFF, count: 100),
      [UInt8](repeating: 0, count: 100), Array(head.prefix(3)),
    ]
    for bytes in others {
      #expect(try FileChunkParts(message(bytes, cut: bytes.count / 2)) == nil)
    }
  }
}
