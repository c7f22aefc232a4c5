import Crypto
import TestSupport
import Testing

/// Vectors from RFC 4648 section 10.
@Suite(.fewAtOnce)
struct EncodingTests {
  @Test(
    "base 64 goes there and back",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ])
  func base64(text: String, encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(text.utf8))
    let bare = String(encoded.prefix { $0 != "=" })
    #expect(Base64URL.encode(Array(text.utf8)) == bare)
    #expect(Base64URL.decode(bare) == Array(text.utf8))
    #expect(Base64.decode(bare, padding: .optional) == Array(text.utf8))
  }

  @Test("the two alphabets differ in their last digits")
  func alphabets() {
    let bytes: [UInt8] = [0xFB, 0xFF, 0xFE]
    #expect(Base64.encode(bytes) == "+//+")
    #expect(Base64URL.encode(bytes) == "-__-")
    #expect(Base64.decode("-__-") == nil)
    #expect(Base64URL.decode("+//+") == nil)
  }

  @Test("every byte value survives base 64")
  func everyByte() {
    let bytes = Array(UInt8.min...UInt8.max)
    #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
  }

  @Test(
    "base 64 that the encoder would not have made is refused",
    arguments: [
      "Z", "Zg", "Zg=", "Zg===", "=", "====", "Zh==", "Zm9=", "Zm9v\n", " Zm9v", "Zm=v", "Zm9vZg==Zm9v",
      "Zé==",
    ])
  func badBase64(text: String) {
    #expect(Base64.decode(text) == nil)
  }

  @Test(
    "base64url that the encoder would not have made is refused",
    arguments: ["Z", "Zg==", "Zh", "Zm9", "Zm 9"])
  func badBase64URL(text: String) {
    #expect(Base64URL.decode(text) == nil)
  }

  @Test("hexadecimal goes there and back, and reads either case")
  func hexadecimal() {
    #expect(Hexadecimal.encode([0x00, 0x0F, 0xA5, 0xFF] as [UInt8]) == "000fa5ff")
    #expect(Hexadecimal.decode("000fA5fF") == [0x00, 0x0F, 0xA5, 0xFF])
    #expect(Hexadecimal.decode("") == [])
  }

  @Test("what is not hexadecimal is refused", arguments: ["0", "0g", "0x00", " 00", "00 ", "é0"])
  func badHexadecimal(text: String) {
    #expect(Hexadecimal.decode(text) == nil)
  }
}
