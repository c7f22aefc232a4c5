/// Text of other people's for a place that renders GitHub Flavored Markdown: nothing in it becomes markup, mentions
/// anybody, or loads a picture.
enum Markdown {
  /// Stands behind an `@`, seen by nobody: the name that follows is none then. A backslash is not enough, since names
  /// are looked for in what was rendered.
  private static let mentionBreak: Character = "\u{200B}"
  private static let minimumFenceCharacters = 3

  /// A line of text: within a paragraph, an item of a list, or a cell of a table.
  static func text(_ text: String) -> String {
    singleLine(text).reduce(into: "") { result, character in
      // CommonMark 0.31, 2.4: any ASCII punctuation may be escaped.
      if character.isASCII, character.isPunctuation || character.isSymbol { result.append("\\") }
      result.append(character)
      if character == "@" { result.append(mentionBreak) }
    }
  }

  /// A line of text as code; not for a table, where a bar ends the cell even in code.
  static func code(_ text: String) -> String {
    let line = singleLine(text)
    let fence = String(repeating: "`", count: longestRun(of: "`", in: line) + 1)
    // One blank on either side is not part of it, and keeps backticks at the border apart from the fence.
    return "\(fence) \(line) \(fence)"
  }

  /// Lines of text as they are, in a fence that none of them can close.
  static func block(_ text: String) -> String {
    let fence = String(
      repeating: "`", count: max(minimumFenceCharacters, longestRun(of: "`", in: text) + 1))
    return "\(fence)text\n\(text)\(text.hasSuffix("\n") || text.isEmpty ? "" : "\n")\(fence)"
  }

  static func link(_ text: String, to url: String) -> String {
    "[\(Self.text(text))](\(url))"
  }

  /// The whole lines of it that fit into so many bytes, with a last one that says that there were more.
  static func cut(_ text: String, maximumBytes: Int, note: String) -> String {
    guard text.utf8.count > maximumBytes else { return text }
    let end = "\n\n\(note)\n"
    let room = max(0, maximumBytes - end.utf8.count)
    let kept = text.utf8.prefix(room)
    guard let last = kept.lastIndex(of: UInt8(ascii: "\n")) else { return note }
    return String(text[..<last]) + end
  }

  private static func singleLine(_ text: String) -> String {
    String(
      text.map { character in
        character.isNewline || character.unicodeScalars.contains { $0.properties.generalCategory == .control }
          ? " " : character
      })
  }

  private static func longestRun(of character: Character, in text: String) -> Int {
    var (longest, current) = (0, 0)
    for one in text {
      current = one == character ? current + 1 : 0
      longest = max(longest, current)
    }
    return longest
  }
}
