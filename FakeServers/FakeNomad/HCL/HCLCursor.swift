/// Reads characters and knows the place of each; the parser's only way to its input.
struct HCLCursor {
  private let characters: [Character]
  private var index = 0
  private(set) var position = HCLPosition()

  init(_ text: String) {
    characters = Array(text)
  }

  var isAtEnd: Bool { index >= characters.count }
  var next: Character? { peek(0) }

  /// The character `offset` places on, without reading it.
  func peek(_ offset: Int) -> Character? {
    let place = index + offset
    return characters.indices.contains(place) ? characters[place] : nil
  }

  func startsWith(_ text: String) -> Bool {
    var offset = 0
    for character in text {
      guard peek(offset) == character else { return false }
      offset += 1
    }
    return true
  }

  @discardableResult
  mutating func read() -> Character? {
    guard let character = next else { return nil }
    index += 1
    if character.isNewline {
      position.line += 1
      position.column = 1
    } else {
      position.column += 1
    }
    return character
  }

  mutating func skip(_ count: Int) {
    for _ in 0..<count { read() }
  }

  /// Reads for as long as the condition holds.
  mutating func read(while condition: (Character) -> Bool) -> String {
    var text = ""
    while let character = next, condition(character) {
      text.append(character)
      read()
    }
    return text
  }

  func range(from start: HCLPosition) -> HCLRange {
    HCLRange(start: start, end: position)
  }

  /// Where the next token stands: an identifier or number as a whole, else one character, nothing at the end.
  var nextTokenRange: HCLRange {
    var copy = self
    let start = copy.position
    if let first = copy.next, !first.isNewline {
      if first.isHCLIdentifierPart {
        _ = copy.read(while: \.isHCLIdentifierPart)
      } else {
        copy.read()
      }
      return copy.range(from: start)
    }
    if copy.isAtEnd { return copy.range(from: start) }
    // A line's end is a token that ends at the next line's first column.
    return HCLRange(start: start, end: HCLPosition(line: start.line + 1, column: 1))
  }

  /// Blanks and comments; line ends too where they do not count.
  mutating func skipBlanks(includingNewlines: Bool) throws {
    while let character = next {
      if character == " " || character == "\t" {
        read()
      } else if character == "#" || startsWith("//") {
        _ = read(while: { !$0.isNewline })
      } else if startsWith("/*") {
        try skipBlockComment()
      } else if includingNewlines && character.isNewline {
        read()
      } else {
        return
      }
    }
  }

  private mutating func skipBlockComment() throws {
    let start = position
    skip(2)
    while !startsWith("*/") {
      guard read() != nil else {
        throw HCLError(
          range(from: start), "Unterminated comment",
          "A comment that opens with \"/*\" must be closed by \"*/\".")
      }
    }
    skip(2)
  }
}

extension Character {
  var isHCLIdentifierStart: Bool { isLetter || self == "_" }
  var isHCLIdentifierPart: Bool { isLetter || isNumber || self == "_" || self == "-" }
  var isDecimalDigit: Bool { ("0"..."9").contains(self) }
}
