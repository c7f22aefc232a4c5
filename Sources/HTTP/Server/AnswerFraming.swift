/// How the end of an answer's body is told (RFC 9112, section 6).
enum AnswerFraming: Equatable {
  /// There is no body, whatever the handler gives.
  case none
  /// So many bytes are still to come.
  case counted(Int64)
  case chunked
  /// The body ends with the connection; for HTTP/1.0.
  case untilClose

  /// What to write for a part of the body; `nil` when it is more than was announced.
  mutating func encode(_ bytes: [UInt8]) -> [[UInt8]]? {
    guard !bytes.isEmpty else { return [] }
    switch self {
    case .none: return []
    case .counted(let rest):
      guard Int64(bytes.count) <= rest else { return nil }
      self = .counted(rest - Int64(bytes.count))
      return [bytes]
    case .chunked:
      return [Array("\(String(bytes.count, radix: 16))\r\n".utf8), bytes, [0x0D, 0x0A]]
    case .untilClose:
      return [bytes]
    }
  }

  /// What to write at the end; `nil` when bytes are missing.
  var end: [UInt8]? {
    switch self {
    case .none, .counted(0), .untilClose: []
    case .counted: nil
    case .chunked: Array("0\r\n\r\n".utf8)
    }
  }
}
