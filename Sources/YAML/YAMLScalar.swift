/// A scalar: its text after unescaping and folding, and how it was written.
///
/// What a plain scalar means follows the core schema of YAML 1.2 (section 10.3.2): `yes` and `on` are
/// words, not truth values. A quoted or block scalar is always text.
package struct YAMLScalar: Sendable, Hashable {
  package enum Style: Sendable, Hashable {
    case plain, singleQuoted, doubleQuoted, literal, folded
  }

  package let text: String
  package let style: Style
  /// Whether the scalar was written without quotes and without the tag `!!str`, so that it may stand
  /// for something else than its text.
  package let isResolvable: Bool

  package init(_ text: String, style: Style, isResolvable: Bool? = nil) {
    self.text = text
    self.style = style
    self.isResolvable = isResolvable ?? (style == .plain)
  }

  package var isNull: Bool {
    isResolvable && ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// `true` or `false`, when the scalar is one of these words.
  package var boolean: Bool? {
    guard isResolvable else { return nil }
    return switch text {
    case "true", "True", "TRUE": true
    case "false", "False", "FALSE": false
    default: nil
    }
  }

  /// The whole number, decimal or with `0x` or `0o`; `nil` too when it does not fit 64 bits.
  package var integer: Int64? {
    guard isResolvable else { return nil }
    if text.hasPrefix("0x") { return unsigned(text.dropFirst(2), radix: 16) }
    if text.hasPrefix("0o") { return unsigned(text.dropFirst(2), radix: 8) }
    return Int64(text)
  }

  /// The number, whole or not; never infinite and never NaN.
  package var number: Double? {
    guard isResolvable else { return nil }
    if let integer { return Double(integer) }
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let number = Double(text),
      number.isFinite
    else { return nil }
    return number
  }

  private func unsigned(_ digits: Substring, radix: Int) -> Int64? {
    // The initializer takes a sign, which the schema does not allow behind a prefix.
    guard let first = digits.first, first != "-", first != "+" else { return nil }
    return Int64(digits, radix: radix)
  }
}
