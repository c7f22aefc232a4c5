import TestSupport
import Testing

@testable import Matriz

@Suite("Text of others in Markdown", .fewAtOnce)
struct MarkdownTests {
  @Test(
    "nothing in a text is markup",
    arguments: [
      ("plain é text", "plain é text"), ("a|b", "a\\|b"), ("# x", "\\# x"),
      ("two\nlines\r\nand", "two lines and"),
      ("<img src=x>", "\\<img src\\=x\\>"), ("![a](http://x)", "\\!\\[a\\]\\(http\\:\\/\\/x\\)"),
      ("@ann", "\\@\u{200B}ann"), ("a\u{1B}[1m\u{0}", "a \\[1m "), ("`x`", "\\`x\\`"),
    ])
  func text(text: String, markdown: String) {
    #expect(Markdown.text(text) == markdown)
  }

  @Test(
    "code ends where it should",
    arguments: [("x", "` x `"), ("a`b``c", "``` a`b``c ```"), ("a|b\nc", "` a|b c `")])
  func code(text: String, markdown: String) {
    #expect(Markdown.code(text) == markdown)
  }

  @Test(
    "no line closes the fence around it",
    arguments: [
      ("a\nb", "```text\na\nb\n```"), ("```\n@ann", "````text\n```\n@ann\n````"),
      ("x `````", "``````text\nx `````\n``````"),
    ])
  func block(text: String, markdown: String) {
    #expect(Markdown.block(text) == markdown)
  }

  @Test("what is too long is cut between lines and says so")
  func cut() {
    #expect(Markdown.cut("abc\n", maximumBytes: 4, note: "more") == "abc\n")
    #expect(Markdown.cut("aaaa\nbbbb\ncccc\n", maximumBytes: 14, note: "more") == "aaaa\n\nmore\n")
    #expect(Markdown.cut("éééééééé", maximumBytes: 9, note: "more") == "more")
  }

  @Test("text is cut between characters")
  func characters() {
    #expect("éééh".suffix(toBytes: 6) == "…éh")
    #expect("éééh".suffix(toBytes: 7) == "éééh")
    #expect("aaaa".suffix(toBytes: 1) == "…")
  }
}
