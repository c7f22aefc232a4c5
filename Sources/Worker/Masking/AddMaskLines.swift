/// Finds `::add-mask::VALUE` at the beginning of lines, as GitHub's runner understands it: blanks may stand before it,
/// and `%0A`, `%0D` and `%25` in the value mean LF, CR and `%`.
///
/// The value is held back until its line has ended; all else goes through as it comes.
struct AddMaskLines: Sendable {
  enum Piece: Sendable, Equatable {
    case bytes([UInt8])
    /// A secret that was named here, decoded.
    case value(String)
  }

  private enum State {
    /// Blanks, and so many bytes of the marker.
    case lineStart(matched: Int)
    case line
    case value([UInt8])
    /// The rest of a value that is too long: it is dropped.
    case overlong
  }

  /// The longest value; of a longer one this much is masked, and the rest of the line is not shown.
  static let maximumValueBytes = 64 * 1_024

  private static let marker = Array("::add-mask::".utf8)
  private static let lineFeed = UInt8(ascii: "\n")

  private var state = State.lineStart(matched: 0)

  mutating func feed(_ bytes: [UInt8]) -> [Piece] {
    var pieces: [Piece] = []
    // What goes through begins here.
    var plain = 0
    var index = 0
    while index < bytes.count {
      switch state {
      case .line:
        index = bytes[index...].firstIndex(of: Self.lineFeed).map { $0 + 1 } ?? bytes.count
        if bytes[index - 1] == Self.lineFeed { state = .lineStart(matched: 0) }
      case .lineStart(let matched):
        state = Self.state(after: bytes[index], matched: matched)
        index += 1
        if case .value = state {
          pieces.append(.bytes(Array(bytes[plain..<index])))
          plain = index
        }
      case .value(let begin):
        let end = bytes[index...].firstIndex(of: Self.lineFeed) ?? bytes.count
        let rest = bytes[index..<end].prefix(Self.maximumValueBytes + 1 - begin.count)
        state = .value(begin + rest)
        if begin.count + rest.count > Self.maximumValueBytes {
          pieces += takeValue()
          state = .overlong
        } else if end < bytes.count {
          pieces += takeValue()
        }
        (index, plain) = (end, end)
      case .overlong:
        index = bytes[index...].firstIndex(of: Self.lineFeed) ?? bytes.count
        plain = index
        if index < bytes.count { state = .line }
      }
    }
    if pieces.isEmpty, plain == 0 { return [.bytes(bytes)] }
    if plain < bytes.count { pieces.append(.bytes(Array(bytes[plain...]))) }
    return pieces
  }

  /// What is held back: nothing comes after it.
  mutating func flush() -> [Piece] {
    defer { state = .lineStart(matched: 0) }
    return takeValue()
  }

  private static func state(after byte: UInt8, matched: Int) -> State {
    switch byte {
    case marker[matched]: matched + 1 == marker.count ? .value([]) : .lineStart(matched: matched + 1)
    case lineFeed: .lineStart(matched: 0)
    case UInt8(ascii: " ") where matched == 0, UInt8(ascii: "\t") where matched == 0: .lineStart(matched: 0)
    default: .line
    }
  }

  /// The value, then what is no part of it: the CR of a line that ends with CRLF.
  private mutating func takeValue() -> [Piece] {
    guard case .value(let bytes) = state else { return [] }
    state = .line
    let carriageReturn = bytes.last == UInt8(ascii: "\r") ? [UInt8(ascii: "\r")] : []
    let value = bytes.dropLast(carriageReturn.count)
    return (value.isEmpty ? [] : [.value(Self.decoded(value))])
      + (carriageReturn.isEmpty ? [] : [.bytes(carriageReturn)])
  }

  private static let escapes: [[UInt8]: UInt8] = [
    Array("%0A".utf8): UInt8(ascii: "\n"), Array("%0D".utf8): UInt8(ascii: "\r"),
    Array("%25".utf8): UInt8(ascii: "%"),
  ]

  private static func decoded(_ bytes: ArraySlice<UInt8>) -> String {
    var decoded: [UInt8] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if bytes[index] == UInt8(ascii: "%"), let byte = escapes[Array(bytes[index...].prefix(3))] {
        decoded.append(byte)
        index += 3
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }
}
