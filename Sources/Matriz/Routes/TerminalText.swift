/// What a program printed for a terminal, as HTML: the colours and bold that it asked for (ECMA-48, SGR); every
/// other control sequence is left out. Or as plain text, without any.
struct TerminalText {
  private var rest: ArraySlice<UInt8>
  private var isPlain = false
  private var output = ""
  private var colour: Int?
  private var isBold = false
  private var isSpanOpen = false

  init(_ bytes: [UInt8]) {
    rest = bytes[...]
  }

  /// The text in spans of the classes `b` and `c0` to `c7`.
  var html: String {
    var text = self
    text.convert()
    return text.output
  }

  /// The text alone.
  var plain: String {
    var text = self
    text.isPlain = true
    text.convert()
    return text.output
  }

  private mutating func convert() {
    while let byte = rest.first {
      if byte == 0x1B {
        rest.removeFirst()
        takeSequence()
      } else {
        takePlain()
      }
    }
    if isSpanOpen { output += "</span>" }
  }

  private mutating func takePlain() {
    let end = rest.firstIndex(of: 0x1B) ?? rest.endIndex
    let kept = rest[..<end].filter { $0 >= 32 && $0 != 127 || $0 == 10 || $0 == 9 }
    let text = String(decoding: kept, as: UTF8.self)
    output += isPlain ? text : escaped(text)
    rest = rest[end...]
  }

  /// After ESC: `[ parameters letter` is a control sequence, `] ... BEL` a title; anything else is one byte.
  private mutating func takeSequence() {
    switch rest.first {
    case UInt8(ascii: "["):
      rest.removeFirst()
      guard let end = rest.firstIndex(where: { (0x40...0x7E).contains($0) }) else {
        rest = []
        return
      }
      let parameters = String(decoding: rest[..<end], as: UTF8.self)
      if rest[end] == UInt8(ascii: "m") { apply(parameters) }
      rest = rest[(end + 1)...]
    case UInt8(ascii: "]"):
      let end = rest.firstIndex { $0 == 7 || $0 == 0x1B }
      rest = end.map { rest[($0 + 1)...] } ?? []
    case .some: rest.removeFirst()
    case nil: break
    }
  }

  private mutating func apply(_ parameters: String) {
    if isPlain { return }
    let codes = parameters.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    // 38 and 48 choose a colour of a larger palette by the numbers behind them, which are no codes.
    for code in codes.prefix(while: { $0 != 38 && $0 != 48 }) {
      switch code {
      case 0: (colour, isBold) = (nil, false)
      case 1: isBold = true
      case 22: isBold = false
      case 30...37: colour = code - 30
      case 90...97: colour = code - 90
      case 39: colour = nil
      default: break
      }
    }
    if isSpanOpen { output += "</span>" }
    let classes = [isBold ? "b" : nil, colour.map { "c\($0)" }].compactMap(\.self)
    isSpanOpen = !classes.isEmpty
    if isSpanOpen { output += "<span class=\"\(classes.joined(separator: " "))\">" }
  }
}
