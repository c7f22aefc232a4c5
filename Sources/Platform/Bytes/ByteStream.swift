/// Bytes that are pulled, chunk by chunk, by whoever consumes them; so a slow consumer slows the producer.
///
/// A stream is consumed once, by one task. `next` answers `nil` at the end and is not called after that;
/// a chunk is never empty. A stream that is dropped before its end releases what it holds when the closure
/// that it wraps is released.
package struct ByteStream: Sendable {
  /// The number of bytes that the stream will give, where that is known before.
  package let length: Int64?

  private let pull: @Sendable () async throws -> [UInt8]?

  package init(length: Int64? = nil, next: @escaping @Sendable () async throws -> [UInt8]?) {
    self.length = length
    self.pull = next
  }

  package func next() async throws -> [UInt8]? {
    try await pull()
  }
}
