internal import Crypto

/// Parts of URLs, percent-encoded (RFC 3986 section 2).
enum URLText {
  /// Everything but unreserved characters is encoded, so the text can stand as one segment of a path or one value of a query.
  static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if isUnreserved(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The text that was encoded; `nil` when a `%` begins no byte, or the bytes are no UTF-8.
  static func decode(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let value = Hexadecimal.decode(Substring(rest.prefix(2)))?.first else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Scheme and authority in lower case, by which two URLs are of one origin; `nil` for anything but http and https.
  static func origin(of url: String) -> String? {
    let lower = url.lowercased()
    for scheme in ["https://", "http://"] where lower.hasPrefix(scheme) {
      let authority = lower.dropFirst(scheme.count).prefix { !"/?#\\".contains($0) }
      return authority.isEmpty || authority.contains("@") ? nil : scheme + authority
    }
    return nil
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
