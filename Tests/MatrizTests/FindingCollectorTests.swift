import Forge
import TestSupport
import Testing

@testable import Matriz

@Suite("What tools found", .fewAtOnce)
struct FindingCollectorTests {
  @Test(
    "paths are those of the repository",
    arguments: [
      ("a.c", "a.c"), ("./a.c", "a.c"), ("src//b/../a.c", "src/a.c"), ("/jobs/repository/src/a.c", "src/a.c"),
      ("/jobs/./x/../repository/a.c", "a.c"), ("../repository/a.c", nil), ("src/../../a.c", nil),
      ("/jobs/repository", nil), ("/jobs/repository2/a.c", nil), ("/etc/passwd", nil), ("..", nil),
      (".", nil),
      ("", nil), ("a\u{0}b", nil), ("a\nb", nil), ("é/ü.c", "é/ü.c"),
      (String(repeating: "a", count: 5_000), nil),
    ] as [(String, String?)])
  func paths(path: String, relative: String?) {
    #expect(RepositoryPath.relative(path, checkout: "/jobs/repository") == relative)
  }

  @Test("where the checkout is not known, absolute paths are nobody's")
  func unknownCheckout() {
    #expect(RepositoryPath.relative("/a/b", checkout: nil) == nil)
    #expect(RepositoryPath.relative("a/b", checkout: nil) == "a/b")
  }

  private func collected(_ findings: [Finding]) -> (
    annotations: [Check.Annotation], remarks: [Finding], left: Int
  ) {
    var collector = FindingCollector()
    for finding in findings { collector.add(finding, checkout: "/r") }
    return collector.result
  }

  @Test("what is about a file is shown there, everything else is a remark")
  func places() {
    let result = collected([
      Finding(level: .warning, path: "/r/a.c", startLine: 2, startColumn: 3, message: "m"),
      Finding(
        level: .failure, path: "b.c", startLine: 2, endLine: 4, startColumn: 3, title: "t", message: "m"),
      Finding(level: .notice, path: "c.c", message: ""),
      Finding(level: .notice, path: "/etc/x", message: "out"),
      Finding(level: .failure, message: "nowhere"),
    ])
    #expect(
      result.annotations == [
        Check.Annotation(path: "b.c", startLine: 2, endLine: 4, level: .failure, message: "m", title: "t"),
        Check.Annotation(
          path: "a.c", startLine: 2, endLine: 2, startColumn: 3, endColumn: 3, level: .warning, message: "m"),
        Check.Annotation(path: "c.c", startLine: 1, endLine: 1, level: .notice, message: "notice"),
      ])
    #expect(result.remarks.map(\.message) == ["nowhere", "out"])
    #expect(result.remarks.last?.path == "/etc/x")
    #expect(result.left == 0)
  }

  @Test("what is said twice is shown once, by whatever name of the file")
  func twice() {
    let result = collected([
      Finding(level: .failure, path: "a.c", startLine: 2, message: "m"),
      Finding(level: .failure, path: "/r/./a.c", startLine: 2, message: "m"),
      Finding(level: .failure, path: "a.c", startLine: 3, message: "m"),
    ])
    #expect(result.annotations.count == 2)
    #expect(result.left == 0)
  }

  @Test("of too many the gravest are shown, and the others counted")
  func tooMany() {
    let many = FindingCollector.maximumAnnotations
    let notices = (1...many).map { Finding(level: .notice, path: "a", startLine: $0, message: "m") }
    let failures = (1...10).map { Finding(level: .failure, path: "a", startLine: $0, message: "m") }
    let remarks = (1...30).map { Finding(level: .warning, message: "\($0)") }
    var collector = FindingCollector()
    for finding in notices + failures + remarks { collector.add(finding, checkout: nil) }
    collector.add(left: 7)
    let result = collector.result
    #expect(result.annotations.count == many)
    #expect(result.annotations.prefix(10).allSatisfy { $0.level == .failure })
    #expect(result.annotations.dropFirst(10).map(\.startLine) == Array(1...(many - 10)))
    #expect(result.remarks.count == FindingCollector.maximumRemarks)
    #expect(result.left == 10 + 10 + 7)
  }

  @Test("messages, titles and all of them together have a bound")
  func bounds() {
    let long = String(repeating: "é", count: 100_000)
    let one = collected([Finding(level: .failure, path: "a", title: long, message: long)]).annotations[0]
    #expect(one.message.utf8.count <= FindingCollector.maximumMessageBytes)
    #expect(one.message.hasSuffix("é…"))
    #expect(one.title?.unicodeScalars.count == Check.maximumTitleCharacters)
    let all = collected((1...40).map { Finding(level: .failure, path: "a\($0)", message: long) })
    #expect(
      all.annotations.reduce(0) { $0 + $1.message.utf8.count } <= FindingCollector.maximumTotalBytes)
    #expect(all.annotations.count + all.left == 40)
  }

  @Test("what is meant for a terminal is left out")
  func colours() {
    let finding = Finding(
      level: .failure, path: "a", title: "\u{1B}[1mt", message: "\u{1B}[31mred\u{1B}[0m\u{7}\nx")
    let one = collected([finding]).annotations[0]
    #expect(one.message == "red\nx" && one.title == "t")
  }
}
