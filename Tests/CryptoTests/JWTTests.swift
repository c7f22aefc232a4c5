import Crypto
import TestSupport
import Testing

@Suite(.fewAtOnce)
struct JWTTests {
  struct Claims: Codable, Equatable, Sendable {
    var iss: String
    var iat: Int64?
    var nbf: Int64?
    var exp: Int64?
  }

  static let now: Int64 = 1_700_000_000
  static let secret = Array("a secret of at least thirty-two bytes".utf8)
  static let key = RSAKeyTests.key

  // RFC 7515 appendix A.1.
  static let publishedSecret =
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
  static let publishedToken =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

  @Test("the token of RFC 7515 A.1 is accepted until its last second")
  func published() throws {
    let secret = try #require(Base64URL.decode(Self.publishedSecret))
    let claims = try JWT.verifyHS256(
      Self.publishedToken, as: Claims.self, secret: secret, clock: .init(unixSeconds: 1_300_819_379))
    #expect(claims == Claims(iss: "joe", exp: 1_300_819_380))
    #expect(
      refusal(Self.publishedToken, secret: secret, clock: .init(unixSeconds: 1_300_819_380)) == .expired)
  }

  @Test("a token that the openssl command signed is accepted")
  func foreignSigner() throws {
    let key = try RSAPublicKey(pem: foreignPublicKey)
    let claims = try JWT.verifyRS256(
      foreignToken, as: Claims.self, key: key, clock: .init(unixSeconds: Self.now))
    #expect(claims == Claims(iss: "12345", iat: 1_700_000_000, exp: 1_700_000_600))
  }

  @Test("claims come back from a token that we signed")
  func roundTrip() throws {
    let claims = Claims(iss: "a/b", iat: Self.now, exp: Self.now + 60)
    let key = try Self.key.get()
    let clock = JWT.Clock(unixSeconds: Self.now)
    #expect(
      try JWT.verifyHS256(JWT.signHS256(claims, secret: Self.secret), secret: Self.secret, clock: clock)
        == claims)
    #expect(try JWT.verifyRS256(JWT.signRS256(claims, key: key), key: key.publicKey, clock: clock) == claims)
  }

  struct Times: Sendable, CustomTestStringConvertible {
    var name: String
    var claims: Claims
    var skew: Int64 = 0
    var requiresExpiry = true
    var code: JWTError.Code?
    var testDescription: String { name }
  }

  static let times = [
    Times(name: "valid", claims: Claims(iss: "", iat: now, nbf: now, exp: now + 1)),
    Times(name: "ends now", claims: Claims(iss: "", exp: now), code: .expired),
    Times(name: "ended, within the skew", claims: Claims(iss: "", exp: now - 29), skew: 30),
    Times(name: "ended, at the skew's end", claims: Claims(iss: "", exp: now - 30), skew: 30, code: .expired),
    Times(name: "starts later", claims: Claims(iss: "", nbf: now + 1, exp: now + 9), code: .notYetValid),
    Times(
      name: "starts later, within the skew", claims: Claims(iss: "", nbf: now + 30, exp: now + 60), skew: 30),
    Times(name: "issued later", claims: Claims(iss: "", iat: now + 1, exp: now + 9), code: .notYetValid),
    Times(name: "never ends", claims: Claims(iss: ""), code: .malformed),
    Times(name: "never ends, and may", claims: Claims(iss: ""), requiresExpiry: false),
    Times(name: "the largest number", claims: Claims(iss: "", exp: .max), skew: .max),
    Times(name: "the smallest number", claims: Claims(iss: "", exp: .min), code: .expired),
  ]

  @Test("times are held against the clock that was passed in", arguments: times)
  func clock(example: Times) throws {
    let token = try JWT.signHS256(example.claims, secret: Self.secret)
    let clock = JWT.Clock(
      unixSeconds: Self.now, skewSeconds: example.skew, requiresExpiry: example.requiresExpiry)
    #expect(refusal(token, clock: clock) == example.code)
  }

  struct Attack: Sendable, CustomTestStringConvertible {
    var name: String
    var header = #"{"alg":"HS256"}"#
    var payload = #"{"iss":"a","exp":1800000000}"#
    /// Makes the third part from the first two; with our own secret by default, so that only the rest is wrong.
    var signature: @Sendable (String) -> String = {
      Base64URL.encode(HMACSHA256.authenticate(key: secret, message: Array($0.utf8)))
    }
    var code: JWTError.Code?
    var testDescription: String { name }
  }

  static let attacks = [
    Attack(name: "none of these attacks"),
    Attack(
      name: "alg none without a signature", header: #"{"alg":"none"}"#, signature: { _ in "" },
      code: .wrongAlgorithm),
    Attack(name: "alg none, signed", header: #"{"alg":"none"}"#, code: .wrongAlgorithm),
    Attack(name: "alg in another case", header: #"{"alg":"hs256"}"#, code: .wrongAlgorithm),
    Attack(name: "another algorithm", header: #"{"alg":"RS256"}"#, code: .wrongAlgorithm),
    Attack(name: "no algorithm", header: "{}", code: .malformed),
    Attack(name: "an algorithm that is no text", header: #"{"alg":["HS256"]}"#, code: .malformed),
    Attack(
      name: "an extension that must be understood", header: #"{"alg":"HS256","crit":["b64"],"b64":false}"#,
      code: .malformed),
    Attack(name: "no signature", signature: { _ in "" }, code: .badSignature),
    Attack(name: "half a signature", signature: { String(good($0).prefix(22)) }, code: .malformed),
    Attack(name: "another signature", signature: { good($0 + " ") }, code: .badSignature),
    Attack(
      name: "another secret",
      signature: { Base64URL.encode(HMACSHA256.authenticate(key: [1], message: Array($0.utf8))) },
      code: .badSignature),
    Attack(name: "a padded signature", signature: { good($0) + "=" }, code: .malformed),
    Attack(name: "a fourth part", signature: { good($0) + "." }, code: .malformed),
    Attack(name: "claims that are no object", payload: "[]", code: .malformed),
    Attack(name: "claims that are no JSON", payload: "\u{0}", code: .malformed),
    Attack(name: "an end that is text", payload: #"{"iss":"a","exp":"1800000000"}"#, code: .malformed),
    Attack(name: "an end that no number can be", payload: #"{"iss":"a","exp":1e999}"#, code: .malformed),
    Attack(name: "an end that is not there", payload: #"{"iss":"a","exp":null}"#, code: .malformed),
    Attack(name: "claims of another shape", payload: #"{"iss":1,"exp":1800000000}"#, code: .malformed),
    Attack(name: "deep nesting", payload: String(repeating: "[", count: 8_000), code: .malformed),
    Attack(name: "too long", payload: String(repeating: " ", count: 20_000), code: .malformed),
  ]

  static func good(_ signed: String) -> String { Attack(name: "").signature(signed) }

  @Test("a forged or broken token is refused with its code", arguments: attacks)
  func attack(attack: Attack) {
    let signed =
      Base64URL.encode(Array(attack.header.utf8)) + "." + Base64URL.encode(Array(attack.payload.utf8))
    let token = signed + "." + attack.signature(signed)
    #expect(refusal(token) == attack.code)
  }

  @Test(
    "what is no token at all is refused", arguments: ["", ".", "..", "a.b", "....", "é.é.é", "e30.e30.e30"])
  func garbage(token: String) {
    #expect(refusal(token) == .malformed)
  }

  @Test("a public key does not pass for an HMAC secret")
  func confusion() throws {
    let key = try Self.key.get()
    let claims = Claims(iss: "a", exp: Self.now + 60)
    let forged = try JWT.signHS256(claims, secret: Array(key.publicKey.pem.utf8))
    #expect(refusal(forged, key: key.publicKey) == .wrongAlgorithm)
    let relabelled = Base64URL.encode(Array(#"{"alg":"RS256"}"#.utf8)) + forged.drop { $0 != "." }
    #expect(refusal(relabelled, key: key.publicKey) == .badSignature)
  }

  @Test("an empty secret verifies nothing")
  func emptySecret() throws {
    let token = try JWT.signHS256(Claims(iss: "a", exp: Self.now + 60), secret: [])
    #expect(refusal(token, secret: []) == .badSignature)
  }

  /// Why `token` is refused, `nil` when it is accepted.
  private func refusal(
    _ token: String, secret: [UInt8] = secret, clock: JWT.Clock = .init(unixSeconds: now)
  ) -> JWTError.Code? {
    do throws(JWTError) {
      _ = try JWT.verifyHS256(token, as: Claims.self, secret: secret, clock: clock)
      return nil
    } catch {
      return error.code
    }
  }

  private func refusal(_ token: String, key: RSAPublicKey) -> JWTError.Code? {
    do throws(JWTError) {
      _ = try JWT.verifyRS256(token, as: Claims.self, key: key, clock: .init(unixSeconds: Self.now))
      return nil
    } catch {
      return error.code
    }
  }
}
