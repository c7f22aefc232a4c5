/// Looks at the raw bytes of a chunked body before the parser does: http-parser, as distributions build it, takes
/// any two bytes for a chunk's line end, and LF alone in extensions and trailers (RFC 9112, section 7.1, has none of it).
///
/// States: size -> (extension) -> CR -> data -> CR -> size ...; behind the chunk of size 0 trailer lines, until
/// an empty one.
struct RequestChunkScanner {
  private enum State {
    case size(digits: Int)
    case chunkExtension
    case sizeCR
    case data(UInt64)
    case dataEnd
    case dataCR
    case lineStart
    case line
    case lineCR
    case lastCR
    case end
  }

  /// Extensions of one chunk, and all trailer lines, each.
  private static let maximumExtraBytes = 4 << 10
  /// Enough for any body, and too few for the size to overflow.
  private static let maximumSizeDigits = 15

  private var state = State.size(digits: 0)
  private var size: UInt64 = 0
  private var extraBytes = 0

  var isComplete: Bool {
    if case .end = state { true } else { false }
  }

  /// Looks at bytes until the body is over, and says how many those were.
  mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(RequestFailure) -> Int {
    var index = 0
    while index < bytes.count, !isComplete {
      if case .data(let rest) = state {
        let count = Int(min(rest, UInt64(bytes.count - index)))
        state = rest == UInt64(count) ? .dataEnd : .data(rest - UInt64(count))
        index += count
      } else {
        try step(bytes[index])
        index += 1
      }
    }
    return index
  }

  private mutating func step(_ byte: UInt8) throws(RequestFailure) {
    switch (state, byte) {
    case (.size(let digits), _): try inSize(byte, digits)
    case (.chunkExtension, 0x0D): state = .sizeCR
    case (.chunkExtension, _): try countExtra(byte)
    case (.sizeCR, 0x0A):
      state = size == 0 ? .lineStart : .data(size)
      extraBytes = 0
    case (.dataEnd, 0x0D): state = .dataCR
    case (.dataCR, 0x0A):
      state = .size(digits: 0)
      size = 0
    case (.lineStart, 0x0D): state = .lastCR
    case (.lineStart, 0x20), (.lineStart, 0x09): throw Self.malformed
    case (.lineStart, _):
      state = .line
      try countExtra(byte)
    case (.line, 0x0D): state = .lineCR
    case (.line, _): try countExtra(byte)
    case (.lineCR, 0x0A): state = .lineStart
    case (.lastCR, 0x0A): state = .end
    default: throw Self.malformed
    }
  }

  private mutating func inSize(_ byte: UInt8, _ digits: Int) throws(RequestFailure) {
    if let value = HTTPSyntax.hexadecimalValue(byte) {
      guard digits < Self.maximumSizeDigits else { throw Self.malformed }
      size = size << 4 | UInt64(value)
      state = .size(digits: digits + 1)
    } else if digits > 0, byte == 0x0D {
      state = .sizeCR
    } else if digits > 0, byte == UInt8(ascii: ";") {
      state = .chunkExtension
    } else {
      throw Self.malformed
    }
  }

  /// Extensions and trailers are dropped, but have no control characters and no end of their own.
  private mutating func countExtra(_ byte: UInt8) throws(RequestFailure) {
    guard (byte >= 0x20 && byte != 0x7F) || byte == 0x09 else { throw Self.malformed }
    extraBytes += 1
    if extraBytes > Self.maximumExtraBytes {
      throw RequestFailure(
        431, "a chunk's extensions, or the trailer, are over \(Self.maximumExtraBytes) bytes")
    }
  }

  private static let malformed = RequestFailure(400, "the body's chunks are malformed")
}
