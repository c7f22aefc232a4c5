import Testing
import YAML

@Suite struct YAMLErrorTests {
  @Test(arguments: [
    ("a: 1\nb: 2\na: 3\n", YAMLError.Code.duplicateKey, "3:1"),
    ("a: {b: 1, b: 2}\n", .duplicateKey, "1:11"),
    ("a: 1\n'a': 2\n", .duplicateKey, "2:1"),
    ("a: [1, 2\nb: 3\n", .syntax, "2:2"),
    ("a: 'open\n", .syntax, "2:1"),
    ("\ta: 1\n", .syntax, "1:1"),
    ("a: b: c\n", .syntax, "1:5"),
    ("a: *nowhere\n", .unknownAlias, "1:4"),
    ("a: &a [*a]\n", .unknownAlias, "1:8"),
    ("a: 1\n---\nb: 2\n", .unsupported, "2:1"),
    ("[a, b]: 1\n", .unsupported, "1:1"),
    ("a: !secret x\n", .unsupported, "1:4"),
    ("a: !!int \"5\"\n", .unsupported, "1:4"),
  ])
  func `a bad text is refused with its place`(
    text: String, code: YAMLError.Code, position: String
  ) throws {
    let error = try #require(throws: YAMLError.self) { try YAMLNode.parse(text) }
    #expect(error.code == code)
    #expect(error.position.description == position)
  }

  @Test func `a duplicate key names the first one`() throws {
    let error = try #require(throws: YAMLError.self) { try YAMLNode.parse("a: 1\na: 2\n") }
    #expect(error.description == "2:1: the key 'a' stands twice; first at 1:1")
  }

  @Test func `bytes that are no UTF-8 are refused where they stand`() throws {
    let error = try #require(throws: YAMLError.self) {
      try YAMLNode.parse(Array("a: 1\nb: ".utf8) + [0xFF, 0xFE])
    }
    #expect(error.code == .syntax)
    #expect(error.position == YAMLPosition(line: 2, column: 4))
  }

  @Test func `UTF-16 is refused`() throws {
    #expect(throws: YAMLError.self) { try YAMLNode.parse([0xFF, 0xFE, 0x61, 0x00]) }
  }

  @Test func `aliases of aliases count as what they stand for`() throws {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    let error = try #require(throws: YAMLError.self) { try YAMLNode.parse(text) }
    #expect(error.code == .limit)
  }

  @Test func `an alias may not carry a value deeper than the limit`() throws {
    let limits = YAMLLimits(maximumDepth: 3)
    _ = try YAMLNode.parse("a: &a [[x]]\nb: *a\n", limits: limits)
    let error = try #require(throws: YAMLError.self) {
      try YAMLNode.parse("a: &a [[x]]\nb: [*a]\n", limits: limits)
    }
    #expect(error.code == .limit)
    #expect(error.position.line == 2)
  }

  @Test(arguments: [
    YAMLLimits(maximumBytes: 8), YAMLLimits(maximumDepth: 2), YAMLLimits(maximumNodes: 6),
  ])
  func `a text beyond a limit is refused`(limits: YAMLLimits) throws {
    let error = try #require(throws: YAMLError.self) {
      try YAMLNode.parse("a: {b: [1, 2, 3]}", limits: limits)
    }
    #expect(error.code == .limit)
  }

  @Test func `a very deep text is refused before it costs anything`() throws {
    let text = String(repeating: "[", count: 100_000)
    let error = try #require(throws: YAMLError.self) { try YAMLNode.parse(text) }
    #expect(error.code == .limit)
  }

  @Test func `no prefix and no changed byte of a text can trap`() {
    let text = Array("a: &x [1, 'b', \"\\u00e9\"]\nc: |\n  t\n? d\n: *x\ne: !!str 5\n".utf8)
    for end in text.indices {
      _ = try? YAMLNode.parse(text[..<end])
      for byte: UInt8 in [0, 0x0A, 0x22, 0x26, 0x2A, 0x3A, 0x5B, 0x7B, 0xC3, 0xFF] {
        var changed = text
        changed[end] = byte
        _ = try? YAMLNode.parse(changed)
      }
    }
  }
}
