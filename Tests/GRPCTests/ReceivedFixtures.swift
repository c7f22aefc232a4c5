@testable import Platform

extension ReceivedBytes {
  /// Bytes as if they had come from a socket, at most one slab full.
  static func received(_ bytes: [UInt8]) -> ReceivedBytes? {
    let pool = SlabPool()
    return pool.read { memory in
      memory.copyBytes(from: bytes.prefix(memory.count))
      return min(bytes.count, memory.count)
    }.bytes
  }
}

/// A message behind its prefix.
func framed(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
  [flag] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: message.count >> $0) } + message
}
