/// Base 64 with `+`, `/` and padding (RFC 4648 section 4).
package enum Base64 {
  private static let alphabet = Base64Alphabet(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

  package static func encode(_ bytes: some Collection<UInt8>) -> String {
    alphabet.encode(bytes, padded: true)
  }

  /// The bytes, or `nil` when the text is not exactly what `encode` would have made: no blanks, no missing
  /// padding, no bits that are thrown away. `padding: .optional` takes it without padding too (gRPC's binary metadata).
  package static func decode(_ text: some StringProtocol, padding: Base64Padding = .required) -> [UInt8]? {
    alphabet.decode(text, padding: padding)
  }
}

/// Base 64 with `-`, `_` and no padding (RFC 4648 section 5), as tokens carry it (RFC 7515 section 2).
package enum Base64URL {
  private static let alphabet = Base64Alphabet(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

  package static func encode(_ bytes: some Collection<UInt8>) -> String {
    alphabet.encode(bytes, padded: false)
  }

  /// The bytes, or `nil` when the text is not exactly what `encode` would have made.
  package static func decode(_ text: some StringProtocol) -> [UInt8]? {
    alphabet.decode(text, padding: .forbidden)
  }
}

/// Whether encoded text ends with `=` where its length asks for that.
package enum Base64Padding: Sendable {
  case required, optional, forbidden
}
