import Crypto

/// The ways in which a secret is met in output: as it is, line by line, and as programs commonly encode it.
enum SecretForms {
  /// Everything that is to be masked for `value`, which has no blanks at its borders and is not too short.
  static func all(of value: String) -> Set<[UInt8]> {
    var forms: Set<[UInt8]> = []
    let lines = lines(of: value)
    let plain = lines.joined(separator: "\n")
    for text in [value, plain, lines.joined(separator: "\r\n")] { forms.insert(Array(text.utf8)) }
    for text in Set([value, plain]) {
      forms.formUnion(base64(of: Array(text.utf8)))
      forms.formUnion(percentEncoded(Array(text.utf8)))
      forms.formUnion(jsonEscaped(text))
    }
    // Lines that are too short to tell anything stay visible when they come alone.
    for line in lines where !SecretMask.isTooShort(line) { forms.insert(Array(line.withoutBlanks.utf8)) }
    return forms
  }

  /// The value's lines without their ends, be they LF or CRLF.
  private static func lines(of value: String) -> [String] {
    // By scalars: CR and LF together are one character.
    value.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      String(String.UnicodeScalarView(line.last == "\r" ? line.dropLast() : line))
    }
  }

  // MARK: Base 64

  /// How long lines of base 64 are: PEM (RFC 7468 section 2), MIME and `base64` (RFC 2045 section 6.8).
  private static let base64LineBytes = [64, 76]

  /// What of the bytes' base 64 is the same whatever stands before and after them, for each of the three places in a
  /// group where they may begin; and what it is when nothing stands after them.
  private static func base64(of bytes: [UInt8]) -> Set<[UInt8]> {
    var forms: Set<[UInt8]> = []
    for before in 0..<3 {
      // Digits that also hold bits of what stands before: 8 bits reach into 2 digits, 16 bits into 3.
      let shared = before == 0 ? 0 : before + 1
      let padded = [UInt8](repeating: 0, count: before) + bytes
      let whole = Array(Base64.encode(padded).utf8)
      let own = whole[shared..<max(shared, padded.count * 8 / 6)]
      for form in [own, whole[shared...].prefix { $0 != UInt8(ascii: "=") }] {
        forms.insert(Array(form))
        forms.insert(form.map(urlSafe))
      }
      if before == 0 { forms.formUnion(wrapped(whole)) }
    }
    return forms
  }

  private static func wrapped(_ base64: [UInt8]) -> [[UInt8]] {
    base64LineBytes.filter { $0 < base64.count }.flatMap { lineBytes in
      stride(from: 0, to: base64.count, by: lineBytes).map {
        Array(base64[$0..<min($0 + lineBytes, base64.count)])
      }
    }
  }

  /// The digits of RFC 4648 section 5.
  private static func urlSafe(_ digit: UInt8) -> UInt8 {
    switch digit {
    case UInt8(ascii: "+"): UInt8(ascii: "-")
    case UInt8(ascii: "/"): UInt8(ascii: "_")
    default: digit
    }
  }

  // MARK: Percent encoding

  /// What the encoders in use leave as it is beside letters and digits, and what they make of a blank: RFC 3986
  /// section 2.3; the same with the slash of a path; `encodeURIComponent`; `application/x-www-form-urlencoded`.
  private static let urlEncoders: [(plain: String, blank: String)] = [
    ("-._~", "%20"), ("-._~/", "%20"), ("-._~!'()*", "%20"), ("-._*", "+"),
  ]

  private static func percentEncoded(_ bytes: [UInt8]) -> Set<[UInt8]> {
    var forms: Set<[UInt8]> = []
    for encoder in urlEncoders {
      for digits in ["0123456789ABCDEF", "0123456789abcdef"] {
        forms.insert(
          percentEncoded(
            bytes, plain: Set(encoder.plain.utf8), digits: Array(digits.utf8),
            blank: Array(encoder.blank.utf8)))
      }
    }
    return forms
  }

  private static func percentEncoded(
    _ bytes: [UInt8], plain: Set<UInt8>, digits: [UInt8], blank: [UInt8]
  ) -> [UInt8] {
    bytes.reduce(into: []) { text, byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        text.append(byte)
      case UInt8(ascii: " "): text += blank
      case _ where plain.contains(byte): text.append(byte)
      default: text += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }

  // MARK: JSON

  /// As it stands between the quotes of a JSON text (RFC 8259 section 7), with what an encoder may escape or not:
  /// what is not ASCII, the slash, and what HTML would take for its own.
  private static func jsonEscaped(_ text: String) -> Set<[UInt8]> {
    var forms: Set<[UInt8]> = []
    for options in 0..<8 {
      var form: [UInt8] = []
      for scalar in text.unicodeScalars {
        form += jsonEscaped(
          scalar, onlyASCII: options & 1 != 0, slash: options & 2 != 0, html: options & 4 != 0)
      }
      forms.insert(form)
    }
    return forms
  }

  private static func jsonEscaped(
    _ scalar: Unicode.Scalar, onlyASCII: Bool, slash: Bool, html: Bool
  ) -> [UInt8] {
    switch scalar {
    case "\"", "\\": Array("\\\(scalar)".utf8)
    case "/" where slash: Array("\\/".utf8)
    case "\n": Array("\\n".utf8)
    case "\r": Array("\\r".utf8)
    case "\t": Array("\\t".utf8)
    case "\u{8}": Array("\\b".utf8)
    case "\u{C}": Array("\\f".utf8)
    case "<" where html, ">" where html, "&" where html: unicodeEscape(scalar)
    case _ where scalar.value < 0x20 || scalar.value > 0x7E && onlyASCII: unicodeEscape(scalar)
    default: Array(String(scalar).utf8)
    }
  }

  private static func unicodeEscape(_ scalar: Unicode.Scalar) -> [UInt8] {
    String(scalar).utf16.flatMap { unit -> [UInt8] in
      let digits = String(unit, radix: 16)
      return Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
    }
  }
}

extension String {
  /// Without white space and line ends at its borders.
  var withoutBlanks: String {
    let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
    guard let last = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
    return String(String.UnicodeScalarView(scalars[...last]))
  }
}
