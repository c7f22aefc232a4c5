extension HCLParser {
  /// Reads an expression; the cursor stands on its first character.
  mutating func value() throws -> HCLValue {
    guard let first = cursor.next else { throw invalidExpression() }
    if first == "\"" { return try quotedString() }
    if first == "[" { return try list() }
    if first == "{" { return try object() }
    if cursor.startsWith("<<") { return try heredoc() }
    if first.isDecimalDigit || first == "-" { return try number() }
    if first.isHCLIdentifierStart { return try keyword() }
    try refuseOperator()
    throw invalidExpression()
  }

  /// `true`, `false`, `null`; a function or a variable is refused by its name.
  private mutating func keyword() throws -> HCLValue {
    let name = identifier()
    switch name.text {
    case "true": return HCLValue(kind: .bool(true), startRange: name.range)
    case "false": return HCLValue(kind: .bool(false), startRange: name.range)
    case "null": return HCLValue(kind: .null, startRange: name.range)
    case "for":
      throw HCLError(name.range, "Unsupported expression", "\"for\" expressions are not understood here.")
    default:
      if cursor.next == "(" { throw unknownFunction(name) }
      throw HCLError(
        name.range, "Unknown variable", "There is no variable named \"\(name.text)\".")
    }
  }

  private static let operators = [
    "==", "!=", "<=", ">=", "&&", "||", "+", "-", "*", "/", "%", "?", ":", "<", ">", "!", "(", "[", ".",
  ]

  /// Refuses an operator that stands here by its name: values are written as such, not calculated.
  func refuseOperator() throws {
    guard let found = Self.operators.first(where: cursor.startsWith) else { return }
    let start = cursor.position
    var end = start
    end.column += found.count
    throw HCLError(
      HCLRange(start: start, end: end), "Unsupported operator",
      "The operator \"\(found)\" is not understood here.")
  }

  func unknownFunction(_ name: HCLLabel) -> HCLError {
    HCLError(
      name.range, "Call to unknown function",
      "There is no function named \"\(name.text)\".")
  }

  private mutating func number() throws -> HCLValue {
    let start = cursor.position
    var text = ""
    if cursor.next == "-" {
      text.append("-")
      cursor.read()
      try cursor.skipBlanks(includingNewlines: false)
    }
    text += cursor.read(while: \.isDecimalDigit)
    if cursor.next == ".", let digit = cursor.peek(1), digit.isDecimalDigit {
      cursor.read()
      text += "." + cursor.read(while: \.isDecimalDigit)
    }
    if let letter = cursor.next, letter == "e" || letter == "E" {
      text.append("e")
      cursor.read()
      if let sign = cursor.next, sign == "+" || sign == "-" {
        text.append(sign)
        cursor.read()
      }
      text += cursor.read(while: \.isDecimalDigit)
    }
    let range = cursor.range(from: start)
    if let integer = Int64(text) { return HCLValue(kind: .integer(integer), startRange: range) }
    if let number = Double(text) { return HCLValue(kind: .number(number), startRange: range) }
    throw HCLError(range, "Invalid number literal", "\"\(text)\" is not a number.")
  }

  private mutating func list() throws -> HCLValue {
    try enter()
    defer { depth -= 1 }
    let start = cursor.position
    cursor.read()
    let openRange = cursor.range(from: start)
    var items: [HCLValue] = []
    while true {
      try cursor.skipBlanks(includingNewlines: true)
      if cursor.next == "]" { break }
      items.append(try value())
      try cursor.skipBlanks(includingNewlines: true)
      if cursor.next == "]" { break }
      guard cursor.next == "," else {
        try refuseOperator()
        throw HCLError(
          cursor.nextTokenRange, "Missing item separator",
          "Expected a comma to mark the beginning of the next item.")
      }
      cursor.read()
    }
    cursor.read()
    return HCLValue(kind: .list(items), startRange: openRange)
  }

  private mutating func object() throws -> HCLValue {
    try enter()
    defer { depth -= 1 }
    let start = cursor.position
    cursor.read()
    let openRange = cursor.range(from: start)
    var entries: [HCLEntry] = []
    while true {
      try cursor.skipBlanks(includingNewlines: true)
      if cursor.next == "}" { break }
      entries.append(try entry())
      try cursor.skipBlanks(includingNewlines: false)
      if let next = cursor.next, next == "," || next.isNewline {
        cursor.read()
      } else if cursor.next != "}" {
        try refuseOperator()
        throw HCLError(
          cursor.nextTokenRange, "Missing attribute separator",
          "Expected a newline or comma to mark the beginning of the next attribute.")
      }
    }
    cursor.read()
    return HCLValue(kind: .object(entries), startRange: openRange)
  }

  private mutating func entry() throws -> HCLEntry {
    let key: String
    if cursor.next == "\"" {
      guard case .string(let text) = try quotedString().kind else { throw invalidExpression() }
      key = text
    } else if let next = cursor.next, next.isHCLIdentifierPart {
      key = identifier().text
    } else {
      throw invalidExpression()
    }
    try cursor.skipBlanks(includingNewlines: false)
    guard let sign = cursor.next, sign == "=" || sign == ":" else {
      throw HCLError(
        cursor.nextTokenRange, "Missing attribute value",
        "Expected an attribute value, introduced by an equals sign (\"=\").")
    }
    cursor.read()
    try cursor.skipBlanks(includingNewlines: true)
    return HCLEntry(key: key, value: try value())
  }

  private func invalidExpression() -> HCLError {
    HCLError(
      cursor.nextTokenRange, "Invalid expression",
      "Expected the start of an expression, but found an invalid expression token.")
  }
}
