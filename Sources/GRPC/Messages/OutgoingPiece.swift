import Platform

/// Bytes to be sent, in memory of their own or in pooled memory.
enum OutgoingPiece: Sendable {
  case bytes(ArraySlice<UInt8>)
  case shared(ReceivedBytes)

  var count: Int {
    switch self {
    case .bytes(let bytes): bytes.count
    case .shared(let bytes): bytes.count
    }
  }

  func prefix(_ limit: Int) -> OutgoingPiece {
    switch self {
    case .bytes(let bytes): .bytes(bytes.prefix(limit))
    case .shared(let bytes): .shared(bytes.slice(from: 0, count: limit))
    }
  }

  func dropFirst(_ count: Int) -> OutgoingPiece {
    switch self {
    case .bytes(let bytes): .bytes(bytes.dropFirst(count))
    case .shared(let bytes): .shared(bytes.slice(from: count, count: bytes.count - count))
    }
  }

  func withUnsafeBytes<T>(_ body: (UnsafeRawBufferPointer) -> T) -> T {
    switch self {
    case .bytes(let bytes): bytes.withUnsafeBytes(body)
    case .shared(let bytes): bytes.withUnsafeBytes(body)
    }
  }
}
