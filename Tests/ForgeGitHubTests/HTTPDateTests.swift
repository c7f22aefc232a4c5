import Platform
import Testing

@testable import ForgeGitHub

@Suite
struct HTTPDateTests {
  @Test(
    "a time is read in the one form that is written, and in no other",
    arguments: [
      ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777_000),
      ("Sat, 21 Nov 2026 06:44:52 GMT", 1_795_243_492_000),
      ("Sunday, 06-Nov-94 08:49:37 GMT", nil), ("Sun Nov  6 08:49:37 1994", nil), ("", nil), ("0", nil),
      ("Sun, 06 Nov 1994 08:49:37 CET", nil),
      ("Sun, 06 Nov 99999 08:49:37 GMT", nil), ("Sun, 06 Foo 1994 08:49:37 GMT", nil),
      ("Sun, 6 Nov 1994 08:49:37 GMT", nil),
    ] as [(String, Int64?)])
  func form(text: String, milliseconds: Int64?) {
    #expect(HTTPDate(text)?.timestamp.milliseconds == milliseconds)
  }
}
