/// Parses the HCL that job templates are written in: blocks with labels, attributes, comments; values are
/// read in `HCLParser+Values.swift`. Functions and operators are refused by name.
struct HCLParser {
  /// How deep blocks and values may nest; deeper input is refused rather than recursed into.
  static let maximumDepth = 64

  var cursor: HCLCursor
  var depth = 0

  private init(_ text: String) {
    cursor = HCLCursor(text)
  }

  /// The file's body, or the first thing that is wrong with it.
  static func parse(_ text: String) throws -> HCLBody {
    var parser = HCLParser(text)
    return try parser.body(endsWithBrace: false)
  }

  /// Reads items up to the closing brace (which stays unread) or the file's end.
  private mutating func body(endsWithBrace: Bool) throws -> HCLBody {
    var body = HCLBody()
    while true {
      try cursor.skipBlanks(includingNewlines: true)
      guard let character = cursor.next else {
        if endsWithBrace { throw itemRequired() }
        return body
      }
      if character == "}" {
        guard endsWithBrace else { throw itemRequired() }
        return body
      }
      try item(into: &body)
      try endOfItem()
    }
  }

  /// An attribute or a block, told apart by what follows the name.
  private mutating func item(into body: inout HCLBody) throws {
    let name = try itemName()
    try cursor.skipBlanks(includingNewlines: false)
    if cursor.next == "=" && cursor.peek(1) != "=" {
      let attribute = try attribute(named: name)
      if let previous = body.attributes.first(where: { $0.name == name.text }) {
        throw HCLError(
          name.range, "Attribute redefined",
          "The argument \"\(name.text)\" was already set at \(previous.nameRange). "
            + "Each argument may be set only once.")
      }
      body.attributes.append(attribute)
    } else if let next = cursor.next, next == "{" || next == "\"" || next.isHCLIdentifierStart {
      body.blocks.append(try block(typed: name))
    } else {
      throw HCLError(
        name.range, "Argument or block definition required",
        "An argument or block definition is required here. "
          + "To set an argument, use the equals sign \"=\" to introduce the argument value.")
    }
  }

  private mutating func itemName() throws -> HCLLabel {
    guard let character = cursor.next, character.isHCLIdentifierStart else {
      if cursor.next == "\"" {
        throw HCLError(
          cursor.nextTokenRange, "Invalid argument name", "Argument names must not be quoted.")
      }
      throw itemRequired()
    }
    return identifier()
  }

  mutating func identifier() -> HCLLabel {
    let start = cursor.position
    let text = cursor.read(while: \.isHCLIdentifierPart)
    return HCLLabel(text: text, range: cursor.range(from: start))
  }

  private mutating func attribute(named name: HCLLabel) throws -> HCLAttribute {
    cursor.read()
    try cursor.skipBlanks(includingNewlines: false)
    return HCLAttribute(name: name.text, nameRange: name.range, value: try value())
  }

  /// After an item: a line's end, the file's, or the closing brace of a block on one line.
  private mutating func endOfItem() throws {
    try cursor.skipBlanks(includingNewlines: false)
    guard let next = cursor.next, !next.isNewline, next != "}" else { return }
    try refuseOperator()
    throw HCLError(
      cursor.nextTokenRange, "Missing newline after argument",
      "An argument definition must end with a newline.")
  }

  private mutating func block(typed type: HCLLabel) throws -> HCLBlock {
    try enter()
    defer { depth -= 1 }
    let labels = try blockLabels()
    let braceStart = cursor.position
    cursor.read()
    let braceRange = cursor.range(from: braceStart)
    let body = try body(endsWithBrace: true)
    cursor.read()
    return HCLBlock(
      type: type.text, typeRange: type.range, labels: labels, openBraceRange: braceRange, body: body)
  }

  /// The labels before the opening brace (which stays unread).
  private mutating func blockLabels() throws -> [HCLLabel] {
    var labels: [HCLLabel] = []
    while true {
      try cursor.skipBlanks(includingNewlines: false)
      guard let next = cursor.next, !next.isNewline else {
        throw HCLError(
          cursor.nextTokenRange, "Invalid block definition",
          "A block definition must have block content delimited by \"{\" and \"}\", "
            + "starting on the same line as the block header.")
      }
      if next == "{" { return labels }
      if next == "\"" {
        labels.append(try quotedLabel())
      } else if next.isHCLIdentifierStart {
        labels.append(identifier())
      } else {
        throw HCLError(
          cursor.nextTokenRange, "Invalid block definition",
          "Either a quoted string block label or an opening brace (\"{\") is expected here.")
      }
    }
  }

  private mutating func quotedLabel() throws -> HCLLabel {
    let start = cursor.position
    let value = try quotedString()
    guard case .string(let text) = value.kind else { throw itemRequired() }
    return HCLLabel(text: text, range: cursor.range(from: start))
  }

  private func itemRequired() -> HCLError {
    HCLError(
      cursor.nextTokenRange, "Argument or block definition required",
      "An argument or block definition is required here.")
  }

  /// Goes one level down; the caller goes up again.
  mutating func enter() throws {
    guard depth < HCLParser.maximumDepth else {
      throw HCLError(
        cursor.nextTokenRange, "Nesting too deep",
        "Blocks and values may nest \(HCLParser.maximumDepth) levels deep.")
    }
    depth += 1
  }
}
