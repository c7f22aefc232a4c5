import Testing

@testable import Matriz

@Suite("Skip markers")
struct SkipMarkerTests {
  @Test(
    "a marker is found in any case, anywhere in the message",
    arguments: [
      ("[skip ci]", "[skip ci]"), ("Fix it [ci skip]", "[ci skip]"),
      ("Fix it\n\nAt length.\n\n[Skip CI]\n", "[skip ci]"),
      ("x[CI SKIP]y", "[ci skip]"), ("[ci skip] and [skip ci]", "[ci skip]"), ("ünï [skip ci]", "[skip ci]"),
    ])
  func found(message: String, marker: String) {
    #expect(SkipMarker.find(in: message) == marker)
  }

  @Test(
    "what only looks like one is none",
    arguments: [
      "", "skip ci", "[skip  ci]", "[skip-ci]", "[skip ci", "[skip\nci]", "[s\u{212A}ip ci]", "[ skip ci ]",
      "[skip cı]",
    ])
  func notFound(message: String) {
    #expect(SkipMarker.find(in: message) == nil)
  }
}
