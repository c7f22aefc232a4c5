package import Platform

/// Messages to be sent together, already in the form that goes over the wire.
///
/// Small messages are packed into one buffer; the payload of a large one is kept as it is and goes to the socket
/// without a copy.
package struct OutgoingMessages: Sendable {
  /// Payloads below this are copied: that costs less than another part of a system call.
  static let minimumSharedBytes = 4 * 1024
  /// The longest message that can be said in a prefix.
  package static let maximumMessageBytes = Int(UInt32.max)

  private var pieces: [OutgoingPiece] = []
  /// What is packed since the last piece.
  private var packed: [UInt8] = []
  /// Bytes on the wire: messages and their prefixes.
  package private(set) var wireByteCount = 0
  package private(set) var count = 0

  /// - Parameter reservingBytes: room for packed messages, with 5 bytes of prefix for each.
  package init(reservingBytes: Int = 0) {
    if reservingBytes > 0 { packed.reserveCapacity(reservingBytes) }
  }

  package var isEmpty: Bool { count == 0 }

  /// Appends a message.
  package mutating func append(_ message: [UInt8]) {
    append(head: [], payload: message[...])
  }

  /// Appends a message of which a small part is encoded and the rest, `payload`, is there already. A large payload is
  /// not copied.
  package mutating func append(head: [UInt8], payload: ArraySlice<UInt8>) {
    begin(byteCount: head.count + payload.count)
    packed.append(contentsOf: head)
    append(.bytes(payload))
  }

  /// The same for a payload in pooled memory (read from a file, or received), in several parts.
  package mutating func append(head: [UInt8], payload: [ReceivedBytes]) {
    begin(byteCount: payload.reduce(head.count) { $0 + $1.count })
    packed.append(contentsOf: head)
    for part in payload { append(.shared(part)) }
  }

  private mutating func append(_ payload: OutgoingPiece) {
    if payload.count < Self.minimumSharedBytes {
      payload.withUnsafeBytes { packed.append(contentsOf: $0) }
    } else {
      closePacked()
      pieces.append(payload)
    }
  }

  /// Appends a message that `body` appends to the buffer it is given; nothing else may be changed in the buffer.
  package mutating func append(writing body: (inout [UInt8]) -> Void) {
    let start = packed.count
    MessagePrefix.append(length: 0, to: &packed)
    body(&packed)
    let length = max(0, packed.count - start - MessagePrefix.byteCount)
    for index in 0..<4 {
      packed[start + 1 + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index))
    }
    wireByteCount += MessagePrefix.byteCount + length
    count += 1
  }

  /// All there is, as pieces in order.
  mutating func takePieces() -> [OutgoingPiece] {
    closePacked()
    defer { self = OutgoingMessages() }
    return pieces
  }

  private mutating func begin(byteCount: Int) {
    MessagePrefix.append(length: byteCount, to: &packed)
    wireByteCount += MessagePrefix.byteCount + byteCount
    count += 1
  }

  private mutating func closePacked() {
    guard !packed.isEmpty else { return }
    pieces.append(.bytes(packed[...]))
    packed = []
  }
}
