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
    #expect(String(decoding: batch.bytes, as: UTF8.self) == expected)
    #expect(batch.end == size + Int64(expected.utf8.count))
  }

  @Test("a gap is refused, and so is an offset beyond all files", arguments: [6, UInt64.max])
  func gap(offset: UInt64) throws {
    var batch = LogBatch(after: 5, hasOffsets: true)
    #expect(throws: LogBatch.Gap.self) { try append("x", at: offset, to: &batch) }
  }

  @Test("without offsets everything is appended")
  func plain() throws {
    var batch = LogBatch(after: 100, hasOffsets: false)
    try append("a", at: 0, to: &batch)
    try append("b", at: 0, stream: 1, to: &batch)
    try append("c", at: 0, stream: 1, to: &batch)
    let first = batch.take()
    let taken = try #require(first)
    #expect(taken.bytes == Array("abc".utf8))
    #expect(
      taken.pieces == [
        LogPiece(stream: 0, step: 1, byteCount: 1), LogPiece(stream: 1, step: 1, byteCount: 2),
      ])
    #expect(batch.take() == nil)
  }

  @Test("a log goes on where it ended, with an index of where its bytes came from")
  func log() async throws {
    try await withTemporaryDirectory { folder in
      let logs = JobLogs(folder: folder)
      let first = try await logs.open(run: "r", job: "j", attempt: 1)
      try await first.append(Array("one\n".utf8), [LogPiece(stream: 0, step: 0, byteCount: 4)])
      let second = try await logs.open(run: "r", job: "j", attempt: 1)
      #expect(second.size == 4)
      try await second.append(Array("two\n".utf8), [LogPiece(stream: 1, step: 2, byteCount: 4)])
      try await second.finish()
      #expect(try await logs.size(run: "r", job: "j", attempt: 1) == 8)
      let part = try await logs.read(run: "r", job: "j", attempt: 1, range: 2..<6).collect(upTo: 100)
      #expect(part == Array("e\ntw".utf8))
      let index = try await ByteStream.file(logs.path(run: "r", job: "j", attempt: 1) + ".idx").collect(
        upTo: 1_000)
      let lines = String(decoding: index, as: UTF8.self).split(separator: "\n").map {
        $0.split(separator: " ")
      }
      #expect(lines.map { [$0[0], $0[2], $0[3]] } == [["0", "0", "0"], ["4", "2", "1"]])
      #expect(try await logs.size(run: "r", job: "other", attempt: 1) == 0)
    }
  }
}
