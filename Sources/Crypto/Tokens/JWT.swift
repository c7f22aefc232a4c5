internal import FoundationEssentials

/// JSON Web Tokens (RFC 7519) in compact form, with the two algorithms that this system uses.
///
/// Whoever verifies says which algorithm it must be; the token's own word about that is only compared. So
/// `none`, or a public key taken for an HMAC secret, has no way in (RFC 8725 section 3.1).
package enum JWT {
  /// Longer tokens are refused unread.
  package static let maximumTokenBytes = 16_384

  enum Algorithm: String {
    case hs256 = "HS256"
    case rs256 = "RS256"
  }

  /// A token over `claims`, authenticated with HMAC-SHA-256. The secret should have at least 32 bytes
  /// (RFC 7518 section 3.2).
  package static func signHS256(_ claims: some Encodable, secret: [UInt8]) throws -> String {
    try sign(claims, .hs256) { HMACSHA256.authenticate(key: secret, message: $0) }
  }

  /// A token over `claims`, signed with an RSA key.
  package static func signRS256(_ claims: some Encodable, key: RSAPrivateKey) throws -> String {
    try sign(claims, .rs256) { try key.sign($0) }
  }

  private static func sign(
    _ claims: some Encodable, _ algorithm: Algorithm, _ signature: ([UInt8]) throws -> [UInt8]
  ) throws -> String {
    let header = Base64URL.encode(Array(#"{"alg":"\#(algorithm.rawValue)","typ":"JWT"}"#.utf8))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let signed = header + "." + Base64URL.encode(Array(try encoder.encode(claims)))
    return signed + "." + Base64URL.encode(try signature(Array(signed.utf8)))
  }
}
