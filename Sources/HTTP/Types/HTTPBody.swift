import FoundationEssentials
package import Platform

/// What follows a head: nothing, bytes at hand, or bytes that are pulled while they are sent.
package enum HTTPBody: Sendable {
  case empty
  case bytes([UInt8])
  /// Sent with `Content-Length` when the stream knows its length, else in chunks. A stream that fails,
  /// or gives another number of bytes than it announced, cuts the connection.
  case stream(ByteStream)

  /// The number of bytes, where it is known before they are sent.
  package var length: Int64? {
    switch self {
    case .empty: 0
    case .bytes(let bytes): Int64(bytes.count)
    case .stream(let stream): stream.length
    }
  }

  /// The value as JSON with sorted keys and unescaped slashes.
  package static func json(_ value: some Encodable) throws -> HTTPBody {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return .bytes([UInt8](try encoder.encode(value)))
  }

  package static func text(_ text: String) -> HTTPBody {
    .bytes([UInt8](text.utf8))
  }
}
