/// The percent-encoding of `grpc-message` ("gRPC over HTTP2", Responses): bytes of the UTF-8 text outside
/// `%x20-%x24 / %x26-%x7E` become `%XX`. A decoder keeps what is not a valid escape as it stands.
enum StatusMessageCoding {
  /// The longest message that is sent, in bytes of UTF-8; the rest is cut off, so that a long error never
  /// makes trailers that the peer refuses.
  static let maximumMessageBytes = 1024

  static func encode(_ message: String) -> String {
    var encoded: [UInt8] = []
    for byte in message.utf8.prefix(maximumMessageBytes) {
      if byte >= 0x20 && byte <= 0x7E && byte != UInt8(ascii: "%") {
        encoded.append(byte)
      } else {
        encoded.append(UInt8(ascii: "%"))
        encoded.append(digit(byte >> 4))
        encoded.append(digit(byte & 0xF))
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  static func decode(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
        let high = value(bytes[index + 1]), let low = value(bytes[index + 2])
      {
        decoded.append(high << 4 | low)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  private static func digit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
