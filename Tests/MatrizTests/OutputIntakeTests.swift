import Masking
import Platform
import TestSupport
import Testing

@testable import Matriz

@Suite("Output on its way to the log: masks, limits, gaps", .fewAtOnce)
struct OutputIntakeTests {
  /// Takes pieces of output, each as a batch of its own with its offset and stream; gives what the log is then.
  private func log(
    _ outputs: [(text: String, offset: UInt64, stream: UInt8)], secrets: [String] = [],
    maximumBytes: Int64 = 1_000_000
  ) async throws -> (text: String, received: Int64, durable: Int64) {
    try await withTemporaryDirectory { folder in
      let logs = JobLogs(folder: folder)
      return try await logs.withLog(run: "r", job: "j", attempt: 1) { log in
        var intake = OutputIntake(
          log: log, masking: OutputMasking(SecretMask(secrets)), maximumBytes: maximumBytes)
        for (index, output) in outputs.enumerated() {
          var batch = LogBatch(after: intake.received, hasOffsets: true)
          try Array(output.text.utf8).withUnsafeBytes {
            try batch.append($0, at: output.offset, stream: output.stream, step: 1)
          }
          _ = try await intake.take(&batch, step: 1, isWhole: index == outputs.count - 1)
        }
        let bytes = try await ByteStream.file("\(folder)/r/j/1.log").collect(upTo: 1_000_000)
        return (String(decoding: bytes, as: UTF8.self), intake.received, log.received)
      }
    }
  }

  @Test(
    "a secret is masked however it is cut, and nothing moves",
    arguments: [
      [("my hunter22 is", 0, 0)], [("my hun", 0, 0), ("ter22 is", 6, 0)],
      [("m", 0, 0), ("y h", 1, 0), ("unter2", 4, 0), ("2 is", 10, 0)],
    ] as [[(String, UInt64, UInt8)]])
  func masked(outputs: [(String, UInt64, UInt8)]) async throws {
    let result = try await log(outputs.map { ($0.0, $0.1, $0.2) }, secrets: ["hunter22"])
    #expect(result.text == "my ******** is")
    #expect(result.received == 14)
    #expect(result.durable == 14)
  }

  @Test("a secret is masked with output of the other stream in the middle, in the order in which both came")
  func interleaved() async throws {
    let result = try await log(
      [("a hun", 0, 0), ("warning\n", 5, 1), ("ter22 b\n", 13, 0)], secrets: ["hunter22"])
    #expect(result.text == "a ***warning\n***** b\n")
    #expect(result.durable == 21)
  }

  @Test("what only looked like the beginning of a secret comes out at the end of its command")
  func heldBack() async throws {
    let result = try await log([("so hunt", 0, 0)], secrets: ["hunter22"])
    #expect(result.text == "so hunt")
    #expect(result.durable == 7)
  }

  @Test("what is held back is not said to be there")
  func notAcknowledged() async throws {
    try await withTemporaryDirectory { folder in
      try await JobLogs(folder: folder).withLog(run: "r", job: "j", attempt: 1) { log in
        var intake = OutputIntake(
          log: log, masking: OutputMasking(SecretMask(["hunter22"])), maximumBytes: 1_000)
        var batch = LogBatch(after: 0, hasOffsets: true)
        try Array("so hunt".utf8).withUnsafeBytes { try batch.append($0, at: 0, stream: 0, step: 0) }
        let shown = try await intake.take(&batch, step: 0, isWhole: false)
        #expect(shown == Array("so ".utf8))
        #expect(log.received == 3)
        #expect(intake.received == 7)
      }
    }
  }

  @Test("the other stream does not wait for ever behind the beginning of a secret")
  func bounded() async throws {
    let noise = String(repeating: "x", count: OutputMasking.maximumHeldBytes)
    try await withTemporaryDirectory { folder in
      try await JobLogs(folder: folder).withLog(run: "r", job: "j", attempt: 1) { log in
        var intake = OutputIntake(
          log: log, masking: OutputMasking(SecretMask(["hunter22"])), maximumBytes: 1_000_000)
        for (text, stream) in [("hunt", 0), (noise, 1)] as [(String, UInt8)] {
          var batch = LogBatch(after: intake.received, hasOffsets: true)
          try Array(text.utf8).withUnsafeBytes {
            try batch.append($0, at: UInt64(intake.received), stream: stream, step: 0)
          }
          _ = try await intake.take(&batch, step: 0, isWhole: false)
        }
        #expect(log.received == Int64(4 + noise.utf8.count))
      }
    }
  }

  @Test("a full log says so once, and takes in what it does not keep")
  func full() async throws {
    let result = try await log(
      [("12345678", 0, 0), ("abcdef", 8, 1), ("ghi", 14, 0), ("z", 30, 0)], maximumBytes: 10)
    #expect(result.text == "12345678ab\n[mise-ci: the log is full: 10 bytes are kept, the rest is not]\n")
    #expect(result.received == 31)
    #expect(result.durable == 31)
  }

  @Test("bytes that are lost are noted where they are missing")
  func lost() async throws {
    let result = try await log([("abc\n", 0, 0), ("x", 1_234_571, 0)])
    #expect(result.text == "abc\n[mise-ci: 1,234,567 bytes lost: the worker could not keep them]\nx")
    #expect(result.durable == 1_234_572)
  }

  @Test("a secret is masked in what follows when it is told later")
  func later() {
    var masking = OutputMasking(SecretMask())
    masking.add("hunter22")
    let bytes = Array("hunter22\n".utf8)
    let (shown, _) = masking.take(bytes, [LogPiece(stream: 0, step: 0, byteCount: bytes.count)])
    #expect(String(decoding: shown, as: UTF8.self) == "********\n")
    #expect(masking.masked("no hunter22 here") == "no *** here")
  }
}
