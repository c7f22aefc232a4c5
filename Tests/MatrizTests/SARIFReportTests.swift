import TestSupport
import Testing

@testable import Matriz

@Suite("Files in SARIF", .fewAtOnce)
struct SARIFReportTests {
  /// A file with one run, of these results and whatever else is said of the run.
  private func report(
    _ results: String, tool: String = #"{"driver":{"name":"lint"}}"#, more: String = "",
    checkout: String? = "/w/r"
  ) throws -> [Finding] {
    let text = #"{"version":"2.1.0","runs":[{"tool":\#(tool),"results":[\#(results)]\#(more)}]}"#
    return try SARIFReport(Array(text.utf8), checkout: checkout).findings
  }

  @Test(
    "levels, kinds and what was said about a result before",
    arguments: [
      ("", .warning), (#","level":"error""#, .failure), (#","level":"note""#, .notice),
      (#","level":"none""#, nil),
      (#","level":"odd""#, .warning), (#","kind":"pass""#, nil), (#","kind":"fail""#, .warning),
      (#","kind":"informational","level":"none""#, nil), (#","baselineState":"absent""#, nil),
      (#","baselineState":"unchanged""#, .warning), (#","suppressions":[]"#, .warning),
      (#","suppressions":[{"kind":"inSource"}]"#, nil), (#","suppressions":[{"status":"accepted"}]"#, nil),
      (#","suppressions":[{"status":"rejected"}]"#, .warning), (#","ruleId":"R1""#, .failure),
      (#","ruleId":"R1/2""#, .failure), (#","ruleIndex":1"#, .notice),
      (#","rule":{"index":0,"toolComponent":{"index":0}}"#, .notice), (#","ruleIndex":-1"#, .warning),
      (#","ruleId":"R1","level":"warning""#, .warning),
    ] as [(String, Finding.Level?)])
  func levels(properties: String, level: Finding.Level?) throws {
    let tool = """
      {"driver":{"name":"lint","rules":[
        {"id":"R1","defaultConfiguration":{"level":"error"}},{"id":"R2","defaultConfiguration":{"level":"note"}}]},
       "extensions":[{"name":"more","rules":[{"id":"R3","defaultConfiguration":{"level":"note"}}]}]}
      """
    #expect(
      try report(#"{"message":{"text":"m"}\#(properties)}"#, tool: tool).map(\.level)
        == [level].compactMap(\.self))
  }

  @Test(
    "messages are texts, or a rule's with arguments",
    arguments: [
      (#"{"text":"it is {0}"}"#, "it is {0}"),
      (#"{"text":"{0} of {1} {2}","arguments":["1","{0}"]}"#, "1 of {0} {2}"),
      (#"{"text":"{{0}} {","arguments":["1"]}"#, "{0} {"),
      (#"{"id":"default","arguments":["x"]}"#, "Unused x."),
      (#"{"id":"other"}"#, "From all."), (#"{"id":"none"}"#, "Short."),
      (#"{"text":"see [here](1) and [there](http://x)"}"#, "see here and [there](http://x)"),
      (#"{"text":"[[[](1"}"#, "[[[](1"),
    ])
  func messages(message: String, text: String) throws {
    let tool = """
      {"driver":{"name":"lint","rules":[{"id":"R1","shortDescription":{"text":"Short."},
        "messageStrings":{"default":{"text":"Unused {0}."}}}],"globalMessageStrings":{"other":{"text":"From all."}}}}
      """
    let one = try #require(try report(#"{"ruleId":"R1","message":\#(message)}"#, tool: tool).first)
    #expect(one.message == text)
    #expect(one.title == "lint R1")
  }

  private static let bases = """
    ,"originalUriBaseIds":{"ROOT":{"uri":"file:///w/r/"},"SRC":{"uri":"src/","uriBaseId":"ROOT"},
      "%SRCROOT%":{"uri":"file:///in/a/container/"},"LOOP":{"uri":"x/","uriBaseId":"LOOP"},"SYSTEM":{"uri":"file:///usr/"}},
    "artifacts":[{"location":{"uri":"src/by-index.c"}}]
    """

  @Test(
    "places are files of the repository",
    arguments: [
      (#"{"uri":"src/a.c"}"#, "src/a.c"), (#"{"uri":"src/a%20b%25.c"}"#, "src/a b%.c"),
      (#"{"uri":"file:///w/r/src/a.c"}"#, "src/a.c"), (#"{"uri":"FILE://host/w/r/a.c"}"#, "a.c"),
      (#"{"uri":"file:/w/r/a.c"}"#, "a.c"), (#"{"uri":"file:///etc/passwd"}"#, nil),
      (#"{"uri":"../a.c"}"#, nil),
      (#"{"uri":"https://example.com/a.c"}"#, nil), (#"{"uri":"a.c","uriBaseId":"ROOT"}"#, "a.c"),
      (#"{"uri":"a.c","uriBaseId":"SRC"}"#, "src/a.c"), (#"{"uri":"a.c","uriBaseId":"%SRCROOT%"}"#, "a.c"),
      (#"{"uri":"a.c","uriBaseId":"UNKNOWN"}"#, "a.c"), (#"{"uri":"a.h","uriBaseId":"SYSTEM"}"#, nil),
      (#"{"uri":"../b.c","uriBaseId":"SRC"}"#, "b.c"), (#"{"index":0}"#, "src/by-index.c"),
      (#"{"index":7}"#, nil),
      (#"{"uri":"a.c#L3"}"#, "a.c"), (#"{}"#, nil), (#"{"uri":"%zz.c"}"#, "%zz.c"),
    ] as [(String, String?)])
  func places(location: String, path: String?) throws {
    let findings = try report(
      #"{"message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":\#(location)}}]}"#,
      more: Self.bases)
    let found = try #require(findings.first).path.flatMap { RepositoryPath.relative($0, checkout: "/w/r") }
    #expect(found == path)
  }

  @Test("bases that lead to themselves end")
  func loop() throws {
    let findings = try report(
      """
      {"message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.c","uriBaseId":"LOOP"}}}]}
      """, more: Self.bases)
    #expect(findings.first?.path?.hasSuffix("x//a.c") == true)
  }

  @Test(
    "regions are lines, and columns within one",
    arguments: [
      (#"{"startLine":3}"#, [3, 3, nil, nil]),
      (#"{"startLine":3,"endLine":5,"startColumn":2}"#, [3, 5, nil, nil]),
      (#"{"startLine":3,"startColumn":2,"endColumn":6}"#, [3, 3, 2, 5]),
      (#"{"startLine":3,"startColumn":2,"endColumn":2}"#, [3, 3, 2, 2]),
      (#"{"startLine":3,"startColumn":2}"#, [3, 3, 2, nil]),
      (#"{"startLine":3,"endLine":1}"#, [3, 3, nil, nil]),
      (#"{"startLine":0}"#, [nil, nil, nil, nil]), (#"{"charOffset":7}"#, [nil, nil, nil, nil]),
    ] as [(String, [Int?])])
  func regions(region: String, numbers: [Int?]) throws {
    let one = try #require(
      try report(
        """
        {"message":{"text":"m"},"locations":[
          {"physicalLocation":{"artifactLocation":{"uri":"a.c"},"region":\(region)}},{"physicalLocation":null}]}
        """
      ).first)
    #expect([one.startLine, one.endLine, one.startColumn, one.endColumn] == numbers)
  }

  @Test(
    "what is wrong with a file is said in words",
    arguments: [
      ("", "it is no JSON"), ("{", "it is no JSON"), ("[]", "it is no object"),
      ("{}", "it has no version of SARIF"),
      (#"{"version":"2.0.0","runs":[]}"#, "it is SARIF 2.0.0, and 2.1.0 is read"),
      (#"{"version":"2.1.0"}"#, "it has no runs"), (#"{"version":2.1}"#, "version is no text"),
      (
        #"{"version":"2.1.0","runs":[{"results":[{"ruleId":1}]}]}"#, "runs[0].results[0].ruleId is no text"
      ), (#"{"version":"2.1.0","runs":{}}"#, "runs is no list"),
    ])
  func malformed(text: String, problem: String) {
    #expect {
      try SARIFReport(Array(text.utf8), checkout: nil)
    } throws: { error in
      (error as? SARIFReport.Malformed)?.message == problem
    }
  }

  @Test("a file may have no results, and a mark at its beginning")
  func empty() throws {
    let text =
      #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}}},{"results":null}],"inlineExternalProperties":[]}"#
    #expect(try SARIFReport([0xEF, 0xBB, 0xBF] + Array(text.utf8), checkout: nil).findings == [])
  }

  @Test("of very many results the rest is counted")
  func many() throws {
    let results = Array(repeating: "{}", count: 25_003).joined(separator: ",")
    let text = #"{"version":"2.1.0","runs":[{"results":[\#(results)]}]}"#
    let report = try SARIFReport(Array(text.utf8), checkout: nil)
    #expect(report.findings.count == 25_000)
    #expect(report.left == 3)
  }

  @Test("no message takes long or grows without end", arguments: ["[", "{", "{0}", "[](", "}}"])
  func hostileText(part: String) {
    let pattern = String(repeating: part, count: 100_000)
    let text = SARIFText.filled(pattern, with: [String(repeating: "x", count: 10_000)], maximumBytes: 65_536)
    #expect(text.utf8.count <= 65_536 + 10_000 + pattern.utf8.count)
  }
}
