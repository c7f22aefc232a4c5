import Masking
import Testing

@Suite("The forms in which a secret is masked")
struct SecretFormTests {
  private static func masked(_ text: String, _ values: String...) -> String {
    SecretMask(values).masked(text)
  }

  @Test(
    "A value is masked as it is and as programs encode it",
    arguments: [
      ("hunter22", "password=hunter22.", "password=***."),
      ("hunter22", "hunter22hunter22", "******"),
      ("hunter22", "hunter2 hunter", "hunter2 hunter"),
      (" hunter22\n", "'hunter22'", "'***'"),
      ("pass word/é", "q=pass%20word%2F%C3%A9&", "q=***&"),
      ("pass word/é", "q=pass%20word%2f%c3%a9&", "q=***&"),
      ("pass word/é", "q=pass+word%2F%C3%A9&", "q=***&"),
      ("pass word/é", "/pass%20word/%C3%A9/", "/***/"),
      ("it's (me)*", "it's%20(me)*", "***"),
      ("it's (me)*", "it%27s%20%28me%29%2A", "***"),
      ("it's (me)*", "it%27s+%28me%29*", "***"),
      (#"a"b\c/d<é"#, #""a\"b\\c/d<é""#, #""***""#),
      (#"a"b\c/d<é"#, #""a\"b\\c\/d<\u00e9""#, #""***""#),
      (#"a"b\c/d<é"#, #""a\"b\\c/d\u003cé""#, #""***""#),
      ("tab\there😀", #"tab\there\ud83d\ude00"#, "***"),
    ])
  func forms(value: String, text: String, expected: String) {
    #expect(Self.masked(text, value) == expected)
  }

  @Test(
    "Base 64 is masked wherever in a group of three bytes the secret begins, whatever stands around it",
    arguments: ["correct horse battery", "??>>~~üü", "abcd", "x-access-token:ghs_0123456789"])
  func base64(value: String) {
    for before in 0..<6 {
      for after in 0..<4 {
        let bytes =
          Array(repeating: UInt8(ascii: "."), count: before) + Array(value.utf8)
          + Array(repeating: UInt8(ascii: "!"), count: after)
        let text = Self.base64(bytes)
        let urlSafe = String(text.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
        for encoded in [text, urlSafe] {
          let masked = Self.masked(encoded, value)
          #expect(masked.contains("***"))
          // What is left may hold no more than the bits that its neighbours share a digit with.
          let digits = masked.filter { $0 != "*" && $0 != "=" }.count
          #expect(digits <= (before * 8 + 5) / 6 + (after * 8 + 5) / 6 + 1)
        }
      }
    }
  }

  @Test("Base 64 in lines, as base64 and PEM write it", arguments: [64, 76])
  func wrappedBase64(lineBytes: Int) {
    let value = (0..<200).map { "\($0)," }.joined()
    var lines: [Substring] = []
    var rest = Self.base64(Array(value.utf8))[...]
    while !rest.isEmpty {
      lines.append(rest.prefix(lineBytes))
      rest = rest.dropFirst(lineBytes)
    }
    let masked = Self.masked(lines.joined(separator: "\n"), value)
    #expect(masked.allSatisfy { "*\n=".contains($0) })
  }

  private static let key = "-----BEGIN KEY-----\nMIIEow\nabc\nZm9vYmFy\n-----END KEY-----\n"

  @Test(
    "A value of several lines is masked whole and line by line, with LF and CRLF",
    arguments: [
      (key, "***\n"),
      (String(key.map { $0 == "\n" ? "\r\n" : $0 }), "***\r\n"),
      ("  Zm9vYmFy\n    MIIEow\n", "  ***\n    ***\n"),
      ("  MIIEow\r\n", "  ***\r\n"),
      ("abc\n", "abc\n"),
      (#"{"key":"-----BEGIN KEY-----\nMIIEow\nabc\nZm9vYmFy\n-----END KEY-----\n"}"#, #"{"key":"***\n"}"#),
      ("-----BEGIN+KEY-----%0AMIIEow%0Aabc%0AZm9vYmFy%0A-----END+KEY-----", "***"),
    ])
  func severalLines(text: String, expected: String) {
    #expect(Self.masked(text, Self.key) == expected)
    #expect(Self.masked(text, String(Self.key.map { $0 == "\n" ? "\r\n" : $0 })) == expected)
  }

  @Test(
    "Values shorter than four characters are not masked, and that is said",
    arguments: ["", "a", "abc", " abc \n", "äöü", "    ", "\r\n\r\n\r\n"])
  func tooShort(value: String) {
    var mask = SecretMask()
    let isMasked = mask.add(value)
    #expect(!isMasked)
    #expect(SecretMask.isTooShort(value))
    #expect(mask.isEmpty)
    let text = "abc äöü     YWJj \(value)"
    #expect(mask.masked(text) == text)
  }

  @Test("Four characters are enough")
  func longEnough() {
    var mask = SecretMask()
    let isMasked = mask.add("abcd")
    #expect(isMasked)
    #expect(mask.masked("abc abcd") == "abc ***")
  }

  @Test("A value longer than any pattern is masked all the same")
  func longValue() {
    let value = (0..<5_000).map { "\($0);" }.joined()
    #expect(Self.masked("<\(value)>", value) == "<***>")
  }

  @Test("A mask that is full takes no more, and keeps what it has")
  func full() {
    var mask = SecretMask(["first secret"])
    let huge = String(repeating: "0123456789", count: SecretMask.maximumTotalBytes / 10 + 1)
    let isMasked = mask.add(huge)
    #expect(!isMasked)
    #expect(!SecretMask.isTooShort(huge))
    #expect(mask.masked("first secret") == "***")
  }

  /// Independent of the product's encoder.
  private static func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var text = ""
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = (0..<3).reduce(0) { $0 << 8 | ($1 < group.count ? Int(group[start + $1]) : 0) }
      for digit in 0..<4 {
        text.append(digit <= group.count ? digits[bits >> (18 - 6 * digit) & 63] : "=")
      }
    }
    return text
  }
}
