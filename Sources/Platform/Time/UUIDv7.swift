import Synchronization

/// Ids that sort by the time they were made (RFC 9562, section 5.7), in lower case.
package enum UUIDv7 {
  /// The last millisecond used and the counter in it, so that ids of one process are strictly increasing.
  private static let last = Mutex<(milliseconds: Int64, counter: UInt16)>((0, 0))

  package static func generate() -> String {
    generate(at: .now())
  }

  static func generate(at time: Timestamp) -> String {
    let (milliseconds, counter) = last.withLock { last -> (Int64, UInt16) in
      if time.milliseconds > last.milliseconds {
        last = (time.milliseconds, UInt16.random(in: 0..<0x400))
      } else if last.counter < 0xFFF {
        last.counter += 1
      } else {
        last = (last.milliseconds + 1, 0)
      }
      return last
    }
    var bytes: [UInt8] = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * $0)) }
    bytes.append(0x70 | UInt8(counter >> 8))
    bytes.append(UInt8(truncatingIfNeeded: counter))
    let random = UInt64.random(in: .min ... .max)
    bytes.append(0x80 | UInt8(truncatingIfNeeded: random >> 56) & 0x3F)
    bytes += (1..<8).map { UInt8(truncatingIfNeeded: random >> (56 - 8 * $0)) }
    return text(of: bytes)
  }

  /// Whether the text is a UUID in lower case, as every id of ours is.
  package static func isValid(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return false }
    return bytes.enumerated().allSatisfy { index, byte in
      switch index {
      case 8, 13, 18, 23: byte == UInt8(ascii: "-")
      default: (48...57).contains(byte) || (97...102).contains(byte)
      }
    }
  }

  private static func text(of bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for (index, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
