import Crypto
import TestSupport
import Testing

/// Vectors from FIPS 180 (its examples page) and RFC 4231 section 4.
@Suite(.fewAtOnce)
struct HashTests {
  struct Vector: Sendable, CustomTestStringConvertible {
    var message: [UInt8]
    var digest: String
    var testDescription: String { "\(message.count) bytes" }
  }

  static let vectors = [
    Vector(message: [], digest: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    Vector(
      message: Array("abc".utf8), digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    Vector(
      message: Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
      digest: "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    Vector(
      message: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000),
      digest: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ]

  @Test("a whole message has its published digest", arguments: vectors)
  func whole(vector: Vector) {
    #expect(SHA256.hexadecimal(of: vector.message) == vector.digest)
  }

  @Test("a message in pieces has the digest of the whole", arguments: vectors, [1, 63, 64, 65, 4_096])
  func pieces(vector: Vector, pieceBytes: Int) {
    // A million updates of one byte say nothing that a thousand do not.
    let message = pieceBytes == 1 ? Array(vector.message.prefix(1_000)) : vector.message
    var hash = SHA256()
    for start in stride(from: 0, to: message.count, by: pieceBytes) {
      hash.update(message[start..<min(start + pieceBytes, message.count)])
    }
    #expect(hash.finalize() == SHA256.hash(message))
  }

  @Test("a hash starts anew after its digest was taken")
  func reuse() {
    var hash = SHA256()
    hash.update(Array("something else".utf8))
    _ = hash.finalize()
    hash.update(Array("abc".utf8))
    #expect(Hexadecimal.encode(hash.finalize()) == Self.vectors[1].digest)
  }

  struct Authentication: Sendable, CustomTestStringConvertible {
    var name: String
    var key: [UInt8]
    var message: [UInt8]
    var code: String
    var testDescription: String { name }
  }

  static let authentications = [
    Authentication(
      name: "case 1", key: .init(repeating: 0x0B, count: 20), message: Array("Hi There".utf8),
      code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    Authentication(
      name: "case 2, a short key", key: Array("Jefe".utf8),
      message: Array("what do ya want for nothing?".utf8),
      code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    Authentication(
      name: "case 3", key: .init(repeating: 0xAA, count: 20), message: .init(repeating: 0xDD, count: 50),
      code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    Authentication(
      name: "case 4", key: Array(1...25), message: .init(repeating: 0xCD, count: 50),
      code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    Authentication(
      name: "case 6, a key longer than a block", key: .init(repeating: 0xAA, count: 131),
      message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    Authentication(
      name: "case 7, key and message longer than a block", key: .init(repeating: 0xAA, count: 131),
      message: Array(
        ("This is a test using a larger than block-size key and a larger than block-size data. "
          + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
      code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
  ]

  @Test("HMAC-SHA-256 gives the published codes", arguments: authentications)
  func authentication(vector: Authentication) {
    let code = HMACSHA256.authenticate(key: vector.key, message: vector.message)
    #expect(Hexadecimal.encode(code) == vector.code)
    #expect(HMACSHA256.isValid(code, key: vector.key, message: vector.message))
    #expect(!HMACSHA256.isValid(code, key: vector.key, message: vector.message + [0]))
  }

  @Test(
    "secrets are equal only when every byte is",
    arguments: [("", "", true), ("a", "a", true), ("a", "b", false), ("a", "aa", false), ("aa", "ab", false)])
  func equality(left: String, right: String, equal: Bool) {
    #expect(constantTimeEquals(left, right) == equal)
  }

  @Test("random bytes have the length asked for and differ")
  func random() {
    #expect(RandomBytes.generate(0) == [])
    #expect(RandomBytes.generate(33).count == 33)
    #expect(RandomBytes.hexadecimal(16).utf8.count == 32)
    #expect(RandomBytes.generate(16) != RandomBytes.generate(16))
  }
}
