internal import COpenSSL

/// The wire as OpenSSL sees it (a BIO): it reads from the bytes that just came and writes to the bytes that go next.
///
/// With a memory BIO on each side every byte would be copied once more, and every idle connection would keep two buffers.
final class TLSWire {
  /// What is to be sent.
  private(set) var output: [UInt8] = []
  /// What came and was not read yet. Borrowed from the caller of `receive`; empty outside of it.
  private var input = UnsafeRawBufferPointer(start: nil, count: 0)

  /// A new BIO on this wire. It does not retain the wire: free it first.
  func makeBIO() -> OpaquePointer? {
    guard let method = Self.method, let bio = BIO_new(method) else { return nil }
    BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
    BIO_set_init(bio, 1)
    return bio
  }

  /// Lets the library read `bytes` while `body` runs.
  func receiving<T, E: Error>(_ bytes: UnsafeRawBufferPointer, _ body: () throws(E) -> T) throws(E) -> T {
    input = bytes
    defer { input = UnsafeRawBufferPointer(start: nil, count: 0) }
    return try body()
  }

  /// Makes room at once for what sending `count` bytes adds: the records around them are under 1 in 256.
  func reserveOutput(_ count: Int) {
    output.reserveCapacity(output.count + count + count / 256 + 64)
  }

  func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  fileprivate func read(_ memory: UnsafeMutableRawPointer, _ capacity: Int) -> Int {
    let count = min(capacity, input.count)
    guard count > 0 else { return 0 }
    UnsafeMutableRawBufferPointer(start: memory, count: count)
      .copyMemory(from: UnsafeRawBufferPointer(rebasing: input[..<count]))
    input = UnsafeRawBufferPointer(rebasing: input[count...])
    return count
  }

  fileprivate func write(_ bytes: UnsafeRawBufferPointer) {
    output.append(contentsOf: bytes)
  }

  // One for the process, never freed.
  nonisolated(unsafe) private static let method: OpaquePointer? = {
    guard let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "connection") else {
      return nil
    }
    BIO_meth_set_read(method, readFromWire)
    BIO_meth_set_write(method, writeToWire)
    BIO_meth_set_ctrl(method, controlWire)
    return method
  }()
}

private func wire(_ bio: OpaquePointer?) -> TLSWire? {
  BIO_get_data(bio).map { Unmanaged<TLSWire>.fromOpaque($0).takeUnretainedValue() }
}

private func readFromWire(
  _ bio: OpaquePointer?, _ memory: UnsafeMutablePointer<CChar>?, _ capacity: Int32
) -> Int32 {
  guard let wire = wire(bio), let memory, capacity > 0 else { return -1 }
  BIO_clear_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY)
  let count = wire.read(memory, Int(capacity))
  if count > 0 { return Int32(count) }
  // Nothing now is not the end: the library is to ask again.
  BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
  return -1
}

private func writeToWire(_ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ count: Int32) -> Int32 {
  guard let wire = wire(bio), let bytes, count > 0 else { return 0 }
  wire.write(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
  return count
}

/// Flushing always works, since writing does; nothing else is supported.
private func controlWire(
  _ bio: OpaquePointer?, _ command: Int32, _ number: Int, _ pointer: UnsafeMutableRawPointer?
) -> Int {
  command == BIO_CTRL_FLUSH ? 1 : 0
}
