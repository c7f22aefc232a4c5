import HTTP
import TestSupport
import Testing

@Suite(.fewAtOnce) struct JSONValueTests {
  @Test(
    "A text is read and written again with sorted keys",
    arguments: [
      (#"null"#, #"null"#), (#" { "b" : [1, true, null], "a" : "x/y" } "#, #"{"a":"x/y","b":[1,true,null]}"#),
      (#"-9223372036854775808"#, #"-9223372036854775808"#), (#"1.5"#, #"1.5"#),
      (#""\u00e9\n""#, "\"\u{E9}\\n\""),
      (#"[]"#, #"[]"#), (#"{}"#, #"{}"#),
    ])
  func roundTrip(_ text: String, _ expected: String) throws {
    #expect(String(decoding: try JSONValue(parsing: Array(text.utf8)).bytes(), as: UTF8.self) == expected)
  }

  @Test(
    "What is no JSON is an error",
    arguments: [
      "", " ", "{", "[1", "{\"a\"}", "nul", "'a'", "01", "1 2", "\"\\x\"",
      String(repeating: "[", count: 100_000),
    ])
  func malformed(_ text: String) {
    #expect(throws: (any Error).self) { try JSONValue(parsing: Array(text.utf8)) }
  }

  @Test func `Values are reached by key and index, and are what they are`() throws {
    let value: JSONValue = ["a": [1, 2.5, "x", true, nil]]
    #expect(value["a"]?[0]?.integer == 1)
    #expect(value["a"]?[0]?.number == 1)
    #expect(value["a"]?[1]?.number == 2.5)
    #expect(value["a"]?[1]?.integer == nil)
    #expect(value["a"]?[2]?.string == "x")
    #expect(value["a"]?[3]?.bool == true)
    #expect(value["a"]?[4]?.isNull == true)
    #expect(value["a"]?[5] == nil)
    #expect(value["b"] == nil)
    #expect(JSONValue.number(.infinity).bytes() == Array("null".utf8))
  }
}
