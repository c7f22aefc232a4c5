import Platform
import TestSupport
import Testing

@testable import Matriz

@Suite("Output on its way into the log", .fewAtOnce)
struct LogBatchTests {
  private func append(_ text: String, at offset: UInt64, stream: UInt8 = 0, to batch: inout LogBatch) throws {
    try Array(text.utf8).withUnsafeBytes { try batch.append($0, at: offset, stream: stream, step: 1) }
  }

  @Test(
    "what the log has already is left out",
    arguments: [
      (5, [("hello", 0)], ""), (5, [("hello world", 0)], " world"),
      (0, [("ab", 0), ("bc", 1), ("d", 3)], "abcd"),
      (3, [("", 3)], ""),
    ] as [(Int64, [(String, UInt64)], String)])
  func repeated(size: Int64, outputs: [(String, UInt64)], expected: String) throws {
    var batch = LogBatch(after: size, hasOffsets: true)
    for (text, offset) in outputs { try append(text, at: offset, to: &batch) }
    #expect(batch.end == size + Int64(expected.utf8.count))
    #expect(text(batch.take()) == expected)
  }

  @Test("what the worker left out is noted in its place")
  func gap() throws {
    var batch = LogBatch(after: 5, hasOffsets: true)
    for (text, offset) in [("ab", 5), ("cd", 10), ("ef", 12)] as [(String, UInt64)] {
      try append(text, at: offset, to: &batch)
    }
    #expect(batch.end == 14)
    let parts = batch.take()
    #expect(parts.count == 3)
    #expect(parts.dropFirst().first == .gap(3))
    #expect(text(parts) == "abcdef")
  }

  @Test("an offset beyond all files is refused", arguments: [UInt64.max, UInt64(Int64.max)])
  func impossible(offset: UInt64) throws {
    var batch = LogBatch(after: 5, hasOffsets: true)
    #expect(throws: LogBatch.ImpossibleOffset.self) { try append("x", at: offset, to: &batch) }
  }

  @Test("without offsets everything is appended")
  func plain() throws {
    var batch = LogBatch(after: 100, hasOffsets: false)
    try append("a", at: 0, to: &batch)
    try append("b", at: 0, stream: 1, to: &batch)
    try append("c", at: 0, stream: 1, to: &batch)
    #expect(
      batch.take() == [
        .output(
          Array("abc".utf8),
          [LogPiece(stream: 0, step: 1, byteCount: 1), LogPiece(stream: 1, step: 1, byteCount: 2)])
      ])
    #expect(batch.take() == [])
  }

  private func text(_ parts: [LogPart]) -> String {
    String(
      decoding: parts.flatMap { part -> [UInt8] in
        if case .output(let bytes, _) = part { return bytes }
        return []
      }, as: UTF8.self)
  }
}
