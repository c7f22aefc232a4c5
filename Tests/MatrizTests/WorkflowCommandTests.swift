import TestSupport
import Testing

@testable import Matriz

@Suite("Commands in output", .fewAtOnce)
struct WorkflowCommandTests {
  private func findings(_ lines: String..., pieces: Int = .max) -> [Finding] {
    var scanner = WorkflowCommandScanner()
    let bytes = Array(lines.joined(separator: "\n").utf8)
    var start = 0
    while start < bytes.count {
      let end = pieces < bytes.count - start ? start + pieces : bytes.count
      bytes[start..<end].withUnsafeBytes { scanner.take($0, stream: 0) }
      start = end
    }
    scanner.endStep()
    return scanner.takeFindings()
  }

  @Test(
    "a command names its file, its lines and columns, and a title",
    arguments: [
      ("::error::broken", Finding(level: .failure, message: "broken")),
      (
        "::error file=a.c,line=3,endLine=5,title=Unused::it is",
        Finding(level: .failure, path: "a.c", startLine: 3, endLine: 5, title: "Unused", message: "it is")
      ),
      (
        "::warning endColumn=9,col=7,line=3,file=a.c::m",
        Finding(
          level: .warning, path: "a.c", startLine: 3, startColumn: 7, endColumn: 9, message: "m")
      ),
      ("::NOTICE FILE=a.c::m", Finding(level: .notice, path: "a.c", message: "m")),
      ("  \t::error file=a.c::m", Finding(level: .failure, path: "a.c", message: "m")),
      ("[ci:lint] ::error file=a.c::m", Finding(level: .failure, path: "a.c", message: "m")),
      ("::error file=a.c,line=3::m\r", Finding(level: .failure, path: "a.c", startLine: 3, message: "m")),
      ("::error file=, line= 3,title::m", Finding(level: .failure, message: "m")),
      ("::error file=a=b.c::m", Finding(level: .failure, path: "a=b.c", message: "m")),
      (
        "::error file=a%2Cb%3A.c,title=50%25::1%0A2%0D%253A%3A%2",
        Finding(level: .failure, path: "a,b:.c", title: "50%", message: "1\n2\r%3A%3A%2")
      ),
      ("::error ::a::b", Finding(level: .failure, message: "a::b")),
      // Lines and columns that do not go together.
      ("::error line=x,col=2::m", Finding(level: .failure, message: "m")),
      ("::error line=0::m", Finding(level: .failure, message: "m")),
      ("::error line=5,endLine=3::m", Finding(level: .failure, message: "m")),
      ("::error endLine=3::m", Finding(level: .failure, startLine: 3, endLine: 3, message: "m")),
      (
        "::error line=3,endLine=4,col=2::m",
        Finding(level: .failure, startLine: 3, endLine: 4, message: "m")
      ),
      ("::error line=3,col=5,endColumn=4::m", Finding(level: .failure, startLine: 3, message: "m")),
      ("::error line=99999999999999999999::m", Finding(level: .failure, message: "m")),
    ])
  func parsing(line: String, finding: Finding) {
    #expect(findings(line) == [finding])
    // However the bytes come.
    for pieces in 1...7 { #expect(findings("x", line, "y", pieces: pieces) == [finding]) }
  }

  @Test(
    "other lines are none",
    arguments: [
      "", ":", "::", "::error", "::error:", "error::m", "x ::error::m", "::errors::m", "::group::error",
      "::debug::m",
      "::add-mask::m", ":: error::m", "[a]::error::m", "[a] [b] ::error::m", "[a ::error::m", "std::error::m",
    ])
  func others(line: String) {
    #expect(findings(line) == [])
    for pieces in 1...4 { #expect(findings(line, line, pieces: pieces) == []) }
  }

  @Test("between stop-commands and its word, and to the end of the step at most, nothing is read")
  func stopping() {
    #expect(
      findings(
        "::error::1", "::stop-commands::Word-7", "::error::2", "::stop-commands::other", "::other::",
        "::word-7::", "::error::3"
      ).map(\.message) == ["1", "3"])
    #expect(findings("::stop-commands::error", "::error::1", "::stop-commands::", "::error::2").count == 2)
    var scanner = WorkflowCommandScanner()
    for message in ["1", "2"] {
      Array("::error::\(message)\n::stop-commands::x\n::error::lost".utf8).withUnsafeBytes {
        scanner.take($0, stream: 1)
      }
      scanner.endStep()
    }
    #expect(scanner.takeFindings().map(\.message) == ["1", "2"])
  }

  @Test("the streams' lines are apart from each other")
  func streams() {
    var scanner = WorkflowCommandScanner()
    for (text, stream) in [("::err", 0), ("::warn", 1), ("or::a", 0), ("ing::b\n", 1), ("b\n", 0)] {
      Array(text.utf8).withUnsafeBytes { scanner.take($0, stream: stream) }
    }
    #expect(scanner.takeFindings().map(\.message) == ["b", "ab"])
  }

  @Test("of a line that is too long as much is read as there is room for")
  func longLine() throws {
    let text = "::error::" + String(repeating: "x", count: WorkflowCommandScanner.maximumLineBytes + 10)
    for pieces in [Int.max, 100_000] {
      let all = findings(text, "::notice::next", pieces: pieces)
      #expect(all.map(\.level) == [.failure, .notice])
      #expect(all.first?.message.utf8.count == WorkflowCommandScanner.maximumLineBytes - 9)
    }
    #expect(findings(String(repeating: " ", count: 1_000_000), "::error::m", pieces: 65_536).count == 1)
  }

  @Test("what stands before a command has a bound, however the line comes", arguments: [" ", "x"])
  func longPrefix(filling: String) {
    func line(_ count: Int) -> String {
      let prefix = String(repeating: filling, count: count)
      return filling == " " ? prefix + "::error::m" : "[\(prefix)] ::error::m"
    }
    for pieces in [1, 500, .max] {
      #expect(findings(line(1_000), pieces: pieces).count == 1)
      #expect(findings(line(1_025), line(5_000), pieces: pieces).isEmpty)
    }
  }

  @Test("bytes that are no text are mended")
  func invalidText() {
    var scanner = WorkflowCommandScanner()
    (Array("::error::a".utf8) + [0xFF] + Array("b\n".utf8)).withUnsafeBytes { scanner.take($0, stream: 0) }
    #expect(scanner.takeFindings().map(\.message) == ["a\u{FFFD}b"])
  }
}
