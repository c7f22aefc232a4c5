import Testing
import YAML

@Suite struct YAMLNodeTests {
  @Test func `a mapping keeps the order of its keys`() throws {
    let node = try YAMLNode.parse("zebra: 1\nape: 2\nmole: 3\n")
    #expect(node.mapping?.map(\.key) == ["zebra", "ape", "mole"])
  }

  @Test func `every value knows its line and column`() throws {
    let node = try YAMLNode.parse("server:\n  http_addr: \":80\"\nlist:\n  - é: [a, b]\n")
    let server = try #require(node["server"]?.mapping?.first)
    #expect(server.keyPosition == YAMLPosition(line: 2, column: 3))
    #expect(server.value.position == YAMLPosition(line: 2, column: 14))
    let inner = try #require(node["list"]?.sequence?.first?["é"]?.sequence)
    #expect(inner.map(\.position.description) == ["4:9", "4:12"])
  }

  @Test(arguments: [
    ("a", YAMLScalar.Style.plain, "a"),
    ("'it''s'", .singleQuoted, "it's"),
    (#""a\tb\u00e9""#, .doubleQuoted, "a\tbé"),
    ("|\n  one\n  two\n", .literal, "one\ntwo\n"),
    (">-\n  one\n  two\n", .folded, "one two"),
    (#""a\0b""#, .doubleQuoted, "a\0b"),
  ])
  func `a scalar tells its text and style`(
    text: String, style: YAMLScalar.Style, value: String
  ) throws {
    let scalar = try #require(try YAMLNode.parse(text).scalar)
    #expect(scalar.style == style)
    #expect(scalar.text == value)
  }

  @Test(
    arguments: [
      ("12", 12), ("-7", -7), ("0x1f", 31), ("0o17", 15), ("9223372036854775807", Int64.max),
      ("9223372036854775808", nil), ("'12'", nil), ("!!str 12", nil), ("1.5", nil), ("0x-1", nil), ("", nil),
    ] as [(String, Int64?)])
  func `a plain whole number within 64 bits is an integer`(text: String, value: Int64?) throws {
    #expect(try YAMLNode.parse(text).scalar?.integer == value)
  }

  @Test(
    arguments: [
      ("0.8", 0.8), ("1e3", 1000), ("12", 12), ("inf", nil), ("nan", nil), ("0x1p3", nil), ("1e999", nil),
    ] as [(String, Double?)])
  func `a plain finite number is a number`(text: String, value: Double?) throws {
    #expect(try YAMLNode.parse(text).scalar?.number == value)
  }

  @Test(
    arguments: [
      ("true", true), ("False", false), ("yes", nil), ("on", nil), ("\"true\"", nil),
    ] as [(String, Bool?)])
  func `only true and false are truth values`(text: String, value: Bool?) throws {
    #expect(try YAMLNode.parse(text).scalar?.boolean == value)
  }

  @Test(arguments: [
    ("", true), ("# only a comment\n", true), ("~", true), ("null", true), ("''", false), ("!!str", false),
  ])
  func `nothing and null without quotes are null`(text: String, isNull: Bool) throws {
    #expect(try YAMLNode.parse(text).isNull == isNull)
  }

  @Test func `an alias repeats its anchor's value and position`() throws {
    let node = try YAMLNode.parse("base: &b {x: 1}\ncopy: *b\n")
    #expect(node["copy"]?["x"]?.scalar?.integer == 1)
    #expect(node["copy"]?.position == YAMLPosition(line: 1, column: 7))
  }

  @Test func `an anchor may be given again, and the later one counts`() throws {
    let node = try YAMLNode.parse("- &a 1\n- *a\n- &a 2\n- *a\n")
    #expect(node.sequence?.compactMap { $0.scalar?.integer } == [1, 1, 2, 2])
  }

  @Test func `a byte order mark is no part of the text`() throws {
    let node = try YAMLNode.parse([0xEF, 0xBB, 0xBF] + Array("a: 1".utf8))
    #expect(node.mapping?.first?.key == "a")
    #expect(node.mapping?.first?.keyPosition == YAMLPosition(line: 1, column: 1))
  }
}
