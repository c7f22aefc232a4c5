extension HCLParser {
  /// Reads `"..."`: escapes are resolved, `${...}` stays as it is written, `$${` gives a literal `${`.
  mutating func quotedString() throws -> HCLValue {
    cursor.read()
    let start = cursor.position
    var text = ""
    while cursor.next != "\"" {
      guard let character = cursor.next, !character.isNewline else {
        throw HCLError(
          cursor.range(from: start), "Invalid multi-line string",
          "Quoted strings may not be split over multiple lines. To produce a multi-line string, either use "
            + "the \\n escape to represent a newline character or use the \"heredoc\" multi-line template syntax."
        )
      }
      if character == "\\" {
        text.append(try escape())
      } else {
        try templatePart(into: &text)
      }
    }
    let range = cursor.range(from: start)
    cursor.read()
    return HCLValue(kind: .string(text), startRange: range)
  }

  private mutating func escape() throws -> Character {
    let start = cursor.position
    cursor.read()
    let selector = cursor.read()
    switch selector {
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "\"": return "\""
    case "\\": return "\\"
    case "u", "U":
      var digits = ""
      while digits.count < (selector == "u" ? 4 : 8), let digit = cursor.next, digit.isHexDigit {
        digits.append(digit)
        cursor.read()
      }
      if digits.count == (selector == "u" ? 4 : 8), let code = UInt32(digits, radix: 16),
        let scalar = Unicode.Scalar(code)
      {
        return Character(scalar)
      }
    default: break
    }
    throw HCLError(
      cursor.range(from: start), "Invalid escape sequence",
      "The symbol \"\(selector.map(String.init) ?? "")\" is not a valid escape sequence selector.")
  }

  /// One literal character, an escaped marker, or a whole interpolation.
  private mutating func templatePart(into text: inout String) throws {
    if cursor.startsWith("$${") || cursor.startsWith("%%{") {
      cursor.read()
      text.append(cursor.read() ?? "$")
      text.append(cursor.read() ?? "{")
    } else if cursor.startsWith("${") {
      text += try interpolation()
    } else if cursor.startsWith("%{") {
      throw HCLError(
        cursor.nextTokenRange, "Invalid template directive",
        "Template directives (\"%{\") are not understood here.")
    } else if let character = cursor.read() {
      text.append(character)
    }
  }

  /// `${...}` with its braces, unresolved. A call in it is refused by the function's name.
  private mutating func interpolation() throws -> String {
    let start = cursor.position
    var text = "${"
    cursor.skip(2)
    var openBraces = 1
    while openBraces > 0 {
      guard let character = cursor.next, !character.isNewline else {
        throw HCLError(
          cursor.range(from: start), "Unclosed template interpolation sequence",
          "There is no closing brace for this interpolation sequence before the end of the quoted template. "
            + "This might be caused by incorrect nesting inside the given expression.")
      }
      if character.isHCLIdentifierStart {
        let name = identifier()
        if cursor.next == "(" { throw unknownFunction(name) }
        if name.text == "var" || name.text == "local" {
          throw HCLError(name.range, "Unknown variable", "There is no variable named \"\(name.text)\".")
        }
        text += name.text
        continue
      }
      if character == "\"" {
        text += try quotedIndex()
        continue
      }
      if !"{}[]. ".contains(character) && !character.isDecimalDigit { try refuseOperator() }
      if character == "{" { openBraces += 1 }
      if character == "}" { openBraces -= 1 }
      text.append(character)
      cursor.read()
    }
    return text
  }

  /// The text of an index with its quotes: `"HOME"` in `${env["HOME"]}`.
  private mutating func quotedIndex() throws -> String {
    let value = try quotedString()
    guard case .string(let text) = value.kind else { return "" }
    return "\"\(text)\""
  }

  /// `<<MARKER` to the line that holds the marker alone; `<<-` takes the lines' common indentation away.
  mutating func heredoc() throws -> HCLValue {
    let start = cursor.position
    cursor.skip(2)
    let isIndented = cursor.next == "-"
    if isIndented { cursor.read() }
    let marker = cursor.read(while: \.isHCLIdentifierPart)
    let range = cursor.range(from: start)
    guard !marker.isEmpty, let newline = cursor.next, newline.isNewline else {
      throw HCLError(
        range, "Invalid heredoc", "A marker and a line's end are expected after \"<<\".")
    }
    cursor.read()
    var lines: [String] = []
    while true {
      var line = ""
      while cursor.next.map({ !$0.isNewline }) == true { try templatePart(into: &line) }
      if line.drop(while: { $0 == " " || $0 == "\t" }) == marker[...] { break }
      guard cursor.read() != nil else {
        throw HCLError(
          range, "Unterminated template string",
          "No closing marker was found for the string.")
      }
      lines.append(line)
    }
    let kept = isIndented ? HCLParser.outdented(lines) : lines
    return HCLValue(kind: .string(kept.map { $0 + "\n" }.joined()), startRange: range)
  }

  private static func outdented(_ lines: [String]) -> [String] {
    let indents = lines.filter { !$0.isEmpty }.map { $0.prefix(while: { $0 == " " || $0 == "\t" }).count }
    let common = indents.min() ?? 0
    return lines.map { String($0.dropFirst(common)) }
  }
}
