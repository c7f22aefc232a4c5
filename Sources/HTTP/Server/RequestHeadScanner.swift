/// Looks at the raw bytes of a request's head before the parser does, for what the parser lets pass or hides:
/// more blanks in the request line than two, control characters and bytes beyond ASCII in it, lines that begin with white
/// space (folded fields, or white space before the first one), and line ends other than CR LF.
///
/// States: leading (empty lines, which RFC 9112, section 2.2, lets a server skip) -> request line -> line start <-> line
/// -> end. A CR is its own state, since only LF may follow.
struct RequestHeadScanner {
  private enum State {
    case leading, requestLine, requestLineCR, lineStart, line, lineCR, lastCR, end
  }

  private var state = State.leading
  private var blanks = 0
  /// Bytes of the version; they are compared with `HTTP/d.d`, of which the library checks the digits only.
  private var versionBytes = 0
  /// The head's bytes until now.
  private(set) var byteCount = 0

  /// Whether only empty lines, or nothing, came yet.
  var isIdle: Bool { state == .leading }
  var isInRequestLine: Bool { state == .leading || state == .requestLine || state == .requestLineCR }
  var isComplete: Bool { state == .end }

  /// Looks at bytes until the head is over or has `maximumBytes`, and says how many those were.
  mutating func scan(
    _ bytes: UnsafeRawBufferPointer, maximumBytes: Int
  ) throws(RequestFailure) -> Int {
    var count = 0
    for byte in bytes where state != .end && byteCount < maximumBytes {
      try step(byte)
      count += 1
      byteCount += 1
    }
    return count
  }

  private mutating func step(_ byte: UInt8) throws(RequestFailure) {
    switch (state, byte) {
    case (.leading, 0x0D), (.leading, 0x0A): break
    case (.leading, _):
      state = .requestLine
      try inRequestLine(byte)
    case (.requestLine, 0x0D):
      guard blanks == 2, versionBytes == Self.version.count else {
        throw RequestFailure(400, "the request line is not method, target, version")
      }
      state = .requestLineCR
    case (.requestLine, _): try inRequestLine(byte)
    case (.lineStart, 0x0D): state = .lastCR
    case (.lineStart, 0x20), (.lineStart, 0x09):
      throw RequestFailure(400, "a header line begins with white space")
    case (.line, 0x0D): state = .lineCR
    case (.requestLineCR, 0x0A), (.lineCR, 0x0A): state = .lineStart
    case (.lastCR, 0x0A): state = .end
    case (.requestLineCR, _), (.lineCR, _), (.lastCR, _), (.line, 0x0A), (.lineStart, 0x0A):
      throw RequestFailure(400, "a line of the head does not end with CR LF")
    case (.lineStart, _): state = .line
    case (.line, _), (.end, _): break
    }
  }

  private mutating func inRequestLine(_ byte: UInt8) throws(RequestFailure) {
    if byte == 0x20 {
      blanks += 1
      if blanks > 2 { throw RequestFailure(400, "the request line has too many blanks") }
    } else if !HTTPSyntax.isTarget(byte) {
      throw RequestFailure(400, "the request line has a character that must be percent-encoded")
    } else if blanks == 2 {
      try inVersion(byte)
    }
  }

  /// The version's bytes; 0 stands for a digit.
  private static let version = Array("HTTP/\0.\0".utf8)

  private mutating func inVersion(_ byte: UInt8) throws(RequestFailure) {
    guard versionBytes < Self.version.count,
      byte == Self.version[versionBytes]
        || (Self.version[versionBytes] == 0 && byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
    else { throw RequestFailure(400, "the request line does not end with an HTTP version") }
    versionBytes += 1
  }
}
