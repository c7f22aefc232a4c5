import Crypto
import TestSupport
import Testing

@Suite(.fewAtOnce)
struct RSAKeyTests {
  static let key = Result { try RSAPrivateKey.generate() }

  @Test("a key is the same after it was written and read, in either form")
  func roundTrip() throws {
    let key = try Self.key.get()
    let message = Array("signed".utf8)
    let signature = try key.sign(message)
    let publicHalf = try RSAPublicKey(pem: key.publicKey.pem)
    #expect(try key.pem.hasPrefix("-----BEGIN PRIVATE KEY-----"))
    #expect(try key.pkcs1PEM.hasPrefix("-----BEGIN RSA PRIVATE KEY-----"))
    for pem in [try key.pem, try key.pkcs1PEM] {
      let read = try RSAPrivateKey(pem: pem)
      #expect(try read.sign(message) == signature)
      #expect(read.publicKey.isValid(signature, for: message))
    }
    #expect(publicHalf.isValid(signature, for: message))
  }

  @Test("a signature of something else, or something that is no signature, is not valid")
  func badSignatures() throws {
    let key = try Self.key.get()
    let message = Array("signed".utf8)
    var signature = try key.sign(message)
    #expect(!key.publicKey.isValid(signature, for: Array("other".utf8)))
    #expect(!key.publicKey.isValid([], for: message))
    #expect(!key.publicKey.isValid(Array(signature.dropLast()), for: message))
    signature[signature.count / 2] ^= 1
    #expect(!key.publicKey.isValid(signature, for: message))
  }

  @Test(
    "what is no usable key is refused with a reason",
    arguments: [
      "", "not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      "-----BEGIN RSA PRIVATE KEY-----\n", encryptedKey,
    ])
  func badPEM(text: String) {
    #expect(refusal { () throws(CryptoError) in _ = try RSAPrivateKey(pem: text) } == .invalidKey)
    #expect(refusal { () throws(CryptoError) in _ = try RSAPublicKey(pem: text) } == .invalidKey)
  }

  @Test("a key that is too short for RS256 is refused")
  func shortKey() {
    #expect(refusal { () throws(CryptoError) in _ = try RSAPrivateKey.generate(bits: 1024) } == .invalidKey)
  }

  private func refusal(_ body: () throws(CryptoError) -> Void) -> CryptoError.Code? {
    do throws(CryptoError) {
      try body()
      return nil
    } catch {
      return error.code
    }
  }

  /// A key behind a passphrase must be refused, not asked for on a terminal.
  static let encryptedKey = """
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgZwX2K+nMMIgICCAAw
    DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEELtod66W/kG3bgJM4LK6igEEgZBg
    dD77g5QmtzoO31w+du3rOYJ7JEAc7ni5FlrBu5CF8Cy93Nt73DDP6O8iuR+mQiNu
    HmOG7IaM9Cq6TVbFKqYfAU6nteezS2hF1u4U5EDP2YDuRkqn0HcNEEJbmagXqCmH
    r7uvoSH4kunCffihErqbqhZG3w6WBGXjCo3A2zDQidvgskVvK65RYedCui7zEc4=
    -----END ENCRYPTED PRIVATE KEY-----
    """
}
