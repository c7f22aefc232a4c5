internal import FoundationEssentials
package import Platform

extension JWT {
  /// What a verifier asks of a token's times. All are seconds since 1970 (NumericDate, RFC 7519 section 2).
  package struct Clock: Sendable {
    /// The present.
    package var unixSeconds: Int64
    /// How far two machines' clocks may be apart; widens every limit.
    package var skewSeconds: Int64
    /// Whether a token without `exp` is refused.
    package var requiresExpiry: Bool

    package init(unixSeconds: Int64, skewSeconds: Int64 = 0, requiresExpiry: Bool = true) {
      self.unixSeconds = unixSeconds
      self.skewSeconds = skewSeconds
      self.requiresExpiry = requiresExpiry
    }

    package init(_ now: Timestamp, skewSeconds: Int64 = 0, requiresExpiry: Bool = true) {
      self.init(
        unixSeconds: now.milliseconds / 1_000, skewSeconds: skewSeconds, requiresExpiry: requiresExpiry)
    }
  }

  /// The claims of a token that was authenticated with `secret` and is valid now.
  package static func verifyHS256<Claims: Decodable>(
    _ token: String, as claims: Claims.Type = Claims.self, secret: [UInt8], clock: Clock
  ) throws(JWTError) -> Claims {
    // An empty secret is one that everybody knows.
    guard !secret.isEmpty else {
      throw JWTError(.badSignature, "there is no secret to verify the token with")
    }
    return try verify(token, .hs256, clock) { signature, signed in
      HMACSHA256.isValid(signature, key: secret, message: signed)
    }
  }

  /// The claims of a token that was signed by the private half of `key` and is valid now.
  package static func verifyRS256<Claims: Decodable>(
    _ token: String, as claims: Claims.Type = Claims.self, key: RSAPublicKey, clock: Clock
  ) throws(JWTError) -> Claims {
    try verify(token, .rs256, clock) { signature, signed in key.isValid(signature, for: signed) }
  }

  /// Nothing of the claims is looked at before the signature is known to be good.
  private static func verify<Claims: Decodable>(
    _ token: String, _ algorithm: Algorithm, _ clock: Clock, _ isValid: ([UInt8], [UInt8]) -> Bool
  ) throws(JWTError) -> Claims {
    guard token.utf8.count <= maximumTokenBytes else { throw JWTError(.malformed, "the token is too long") }
    let parts = token.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
      let signature = Base64URL.decode(parts[2])
    else { throw JWTError(.malformed, "the token is not three parts of base64url") }

    try check(header, algorithm)
    guard isValid(signature, Array("\(parts[0]).\(parts[1])".utf8)) else {
      throw JWTError(.badSignature, "the token's signature is wrong")
    }
    try check(decode(payload, as: Times.self), clock)
    return try decode(payload, as: Claims.self)
  }

  private static func check(_ header: [UInt8], _ algorithm: Algorithm) throws(JWTError) {
    let header = try decode(header, as: Header.self)
    guard header.alg == algorithm.rawValue else {
      throw JWTError(.wrongAlgorithm, "the token is not signed with \(algorithm.rawValue)")
    }
    // Extensions that must be understood (RFC 7515 section 4.1.11); none is.
    guard header.crit == nil else { throw JWTError(.malformed, "the token asks for an extension") }
  }

  private static func check(_ times: Times, _ clock: Clock) throws(JWTError) {
    // In floating point: a token may say any number, and none may overflow.
    let now = Double(clock.unixSeconds)
    let skew = Double(clock.skewSeconds)
    if let expiry = times.exp {
      guard now < expiry + skew else { throw JWTError(.expired, "the token has expired") }
    } else if clock.requiresExpiry {
      throw JWTError(.malformed, "the token never expires")
    }
    if let start = times.nbf, now < start - skew {
      throw JWTError(.notYetValid, "the token is not valid yet")
    }
    if let issued = times.iat, now < issued - skew {
      throw JWTError(.notYetValid, "the token was issued in the future")
    }
  }

  private static func decode<Part: Decodable>(_ json: [UInt8], as part: Part.Type) throws(JWTError) -> Part {
    do {
      return try JSONDecoder().decode(Part.self, from: Data(json))
    } catch {
      throw JWTError(.malformed, "the token does not hold what it should", cause: error)
    }
  }

  private struct Header: Decodable {
    var alg: String
    var crit: [String]?
  }

  private struct Times: Decodable {
    var exp: Double?
    var nbf: Double?
    var iat: Double?
  }
}
