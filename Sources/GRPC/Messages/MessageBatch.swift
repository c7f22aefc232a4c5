import Platform

/// Whole messages in the order in which they came, as many as had arrived when they were asked for.
///
/// A batch keeps the memory that its messages lie in: look at it, pass on or copy what is needed, let it go.
package struct MessageBatch: Sendable {
  enum Segment: Sendable {
    /// Messages back to back, each behind its 5-byte prefix, as they were on the wire.
    case packed(ReceivedBytes)
    case single(IncomingMessage)
  }

  private(set) var segments: [Segment] = []
  /// How many messages there are; never 0 in a batch that was received.
  package private(set) var count = 0
  /// The bytes of all messages together.
  package private(set) var byteCount = 0

  init() {}

  var isEmpty: Bool { count == 0 }

  mutating func append(packed bytes: ReceivedBytes, count: Int) {
    segments.append(.packed(bytes))
    self.count += count
    byteCount += bytes.count - count * MessagePrefix.byteCount
  }

  mutating func append(_ message: IncomingMessage) {
    segments.append(.single(message))
    count += 1
    byteCount += message.byteCount
  }

  mutating func append(_ other: MessageBatch) {
    if isEmpty {
      self = other
    } else {
      segments.append(contentsOf: other.segments)
      count += other.count
      byteCount += other.byteCount
    }
  }

  /// Calls `body` with each message in one piece. This is the fastest way over many small messages; a large one that
  /// came in fragments is copied together.
  package func forEach<E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    for segment in segments {
      switch segment {
      case .packed(let bytes):
        try bytes.withUnsafeBytes { raw throws(E) in
          var offset = 0
          while let range = MessagePrefix.messageRange(in: raw, at: offset) {
            try body(UnsafeRawBufferPointer(rebasing: raw[range]))
            offset = range.upperBound
          }
        }
      case .single(let message): try message.withUnsafeBytes(body)
      }
    }
  }

  /// Calls `body` with each message where it lies, for those who pass large ones on without a copy.
  package func forEachMessage<E: Error>(
    _ body: (IncomingMessage) throws(E) -> Void
  ) throws(E) {
    for segment in segments {
      switch segment {
      case .packed(let bytes):
        var offset = 0
        while let range = bytes.withUnsafeBytes({ MessagePrefix.messageRange(in: $0, at: offset) }) {
          try body(IncomingMessage(bytes.slice(from: range.lowerBound, count: range.count)))
          offset = range.upperBound
        }
      case .single(let message): try body(message)
      }
    }
  }

  /// Copies of all messages.
  package func arrays() -> [[UInt8]] {
    var arrays: [[UInt8]] = []
    arrays.reserveCapacity(count)
    forEach { arrays.append(Array($0)) }
    return arrays
  }
}
