import Platform
import TestSupport
import Testing

@testable import Matriz

@Suite("What is read from a job's log", .fewAtOnce)
struct JobOutputTests {
  /// A part of the output: the step, the stream, the text.
  private typealias Part = (step: Int, stream: UInt8, text: String)

  private func read(
    _ parts: [Part], commands: Set<Int>, failedStep: Int?
  ) async throws -> (findings: [Finding], lastLines: String) {
    try await withTemporaryDirectory { folder in
      let path = "\(folder)/1.log"
      let log = try await JobLog.open(path: path)
      for part in parts {
        let bytes = Array(part.text.utf8)
        if part.stream == LogIndex.noteStream {
          try await log.append(.lost(Int64(bytes.count)), step: part.step, received: log.received)
        } else {
          try await log.append(
            bytes, [LogPiece(stream: part.stream, step: part.step, byteCount: bytes.count)])
        }
      }
      guard var output = try JobOutput.open(path) else {
        Issue.record("there is no log")
        return ([], "")
      }
      var findings: [Finding] = []
      let lastLines = try output.read(commands: commands, failedStep: failedStep) { findings.append($0) }
      return (findings, lastLines)
    }
  }

  @Test("the commands of the job's own steps are found, by stream, and nothing is of two steps")
  func commands() async throws {
    let (findings, lastLines) = try await read(
      [
        (0, 1, "::error::of the clone\n"), (3, 0, "::err"), (3, 1, "x\n::warn"),
        (3, 0, "or::one\n::error::op"),
        (3, 1, "ing::two\n"), (3, 2, "123"), (3, 0, "en\n"), (3, 0, "::error::no end"),
        (4, 0, " of it\n::notice::three\n"),
      ], commands: [3, 4], failedStep: nil)
    #expect(findings.map(\.message) == ["one", "two", "open", "no end", "three"])
    #expect(lastLines == "")
  }

  @Test("the last lines are those of the failed step, with our notes, and of both streams")
  func lastLines() async throws {
    let (_, lastLines) = try await read(
      [
        (0, 0, "clone\n"), (2, 0, "first\n"), (2, 1, "second\n"), (2, 2, "12"), (2, 0, "third\n\n"),
        (3, 0, "later\n"),
      ], commands: [], failedStep: 2)
    #expect(
      lastLines == "first\nsecond\n[mise-ci: 2 bytes lost: the worker could not keep them]\nthird")
  }

  @Test("of a long output only the end is taken, in whole lines")
  func longOutput() async throws {
    let lines = (1...3_000).map { "line \($0) \(String(repeating: "x", count: 100))\n" }
    let (_, lastLines) = try await read(
      lines.map { (1, 0, $0) } + [(1, 1, "the end")], commands: [], failedStep: 1)
    let shown = lastLines.split(separator: "\n")
    #expect(shown.count == LastLines.maximumLines)
    #expect(shown.first?.hasPrefix("line 2952 ") == true)
    #expect(shown.last == "the end")
  }

  @Test("the end of very many small parts is found as well")
  func manyParts() {
    var lastLines = LastLines()
    for index in 0..<200_000 {
      let start = Int64(index) * 2
      lastLines.add(LogSpan(range: start..<(start + 2), step: 1, stream: UInt8(index & 1)))
    }
    #expect(lastLines.isCut)
    #expect(lastLines.spans.first?.range.lowerBound == 400_000 - Int64(LastLines.maximumReadBytes))
    #expect(lastLines.spans.count == LastLines.maximumReadBytes / 2)
  }

  @Test("a job that wrote nothing has no log")
  func nothing() throws {
    let isMissing = try JobOutput.open("/nowhere/1.log") == nil
    #expect(isMissing)
  }

  @Test(
    "lines are shown as a terminal shows them in the end",
    arguments: [
      ("a\nb\n", "a\nb"), ("\n\na\n\nb\n\n\n", "a\n\nb"),
      ("10%\r50%\r100%\r\n\u{1B}[31mred\u{1B}[0m\r\n", "100%\nred"),
      ("", ""), ("\n \n", ""), ("\u{1B}]0;title\u{7}x", "x"),
    ])
  func terminal(text: String, shown: String) {
    #expect(LastLines.text(Array(text.utf8), isCut: false) == shown)
  }

  @Test("what is cut in the middle of a line, or a character, begins with the next line")
  func cut() {
    #expect(LastLines.text([0xA9] + Array("rest\nwhole".utf8), isCut: true) == "whole")
    #expect(LastLines.text([0xFF, 0x61, 0x0A], isCut: false) == "\u{FFFD}a")
  }

  @Test("lines have a bound together, and one that is longer alone is cut at its beginning")
  func bound() {
    let long = String(repeating: "x", count: 10_000)
    #expect(LastLines.text(Array("\(long)\n\(long)1\n2".utf8), isCut: false) == "\(long)1\n2")
    let text = LastLines.text(Array("\(long)\(long)end\n".utf8), isCut: true)
    #expect(text.utf8.count <= LastLines.maximumBytes && text.hasPrefix("…x") && text.hasSuffix("xend"))
    let noText = [UInt8](repeating: 0xFF, count: LastLines.maximumReadBytes)
    #expect(LastLines.text(noText, isCut: true).utf8.count <= LastLines.maximumBytes)
  }
}
