package import Platform

/// One message of a batch, where it lies in the memory it was received into.
///
/// A small message is always in one piece. A large one may lie in several fragments; those who only pass its bytes on
/// (to a hash, to a file) take the fragments and copy nothing.
package struct IncomingMessage: Sendable {
  enum Storage: Sendable {
    case received(ReceivedBytes)
    case assembled([UInt8])
    case fragmented([ReceivedBytes])
  }

  let storage: Storage
  package let byteCount: Int

  init(_ bytes: ReceivedBytes) {
    storage = .received(bytes)
    byteCount = bytes.count
  }

  init(assembled bytes: [UInt8]) {
    storage = .assembled(bytes)
    byteCount = bytes.count
  }

  init(fragments: [ReceivedBytes], byteCount: Int) {
    storage = .fragmented(fragments)
    self.byteCount = byteCount
  }

  /// The whole message in one piece; one that came in fragments is copied together for it.
  package func withUnsafeBytes<T, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> T
  ) throws(E) -> T {
    let bytes: [UInt8]
    switch storage {
    case .received(let received): return try received.withUnsafeBytes(body)
    case .assembled(let assembled): bytes = assembled
    case .fragmented(let fragments): bytes = Self.joined(fragments, byteCount: byteCount)
    }
    let result = bytes.withUnsafeBytes { raw -> Result<T, E> in
      do throws(E) { return .success(try body(raw)) } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// The message's parts in order, without a copy; nil when it is not in received memory (it is small then).
  package var fragments: [ReceivedBytes]? {
    switch storage {
    case .received(let bytes): [bytes]
    case .assembled: nil
    case .fragmented(let fragments): fragments
    }
  }

  /// Copies of the first bytes, at most `count`, however the message lies in memory.
  package func prefix(_ count: Int) -> [UInt8] {
    guard case .fragmented(let fragments) = storage else {
      return withUnsafeBytes { Array($0.prefix(count)) }
    }
    var bytes: [UInt8] = []
    for fragment in fragments where bytes.count < count {
      fragment.withUnsafeBytes { bytes.append(contentsOf: $0.prefix(count - bytes.count)) }
    }
    return bytes
  }

  /// The parts in order from `offset` on, without a copy; nil when the message is not in received memory.
  package func fragments(from offset: Int) -> [ReceivedBytes]? {
    guard let fragments else { return nil }
    var skip = offset
    var rest: [ReceivedBytes] = []
    rest.reserveCapacity(fragments.count)
    for fragment in fragments {
      if skip < fragment.count { rest.append(fragment.slice(from: skip, count: fragment.count - skip)) }
      skip = max(0, skip - fragment.count)
    }
    return rest
  }

  package func array() -> [UInt8] {
    withUnsafeBytes { Array($0) }
  }

  private static func joined(_ fragments: [ReceivedBytes], byteCount: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    for fragment in fragments { fragment.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    return bytes
  }
}
