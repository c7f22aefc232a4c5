import Glibc

/// Bytes that wait for the kernel to take them: small ones gathered, large ones kept as they are.
struct OutputQueue {
  /// Slices below this are copied together.
  private static let gatherBelowBytes = 4 * 1_024
  private static let maximumGatheredBytes = 64 * 1_024
  /// Parts given to one system call.
  private static let maximumPartsPerCall = 16

  private enum Part {
    case bytes(ArraySlice<UInt8>)
    case shared(ReceivedBytes)

    var count: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .shared(let bytes): bytes.count
      }
    }

    func dropFirst(_ count: Int) -> Part {
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

  private(set) var byteCount = 0
  private var parts: [Part] = []
  /// Index of the first part that is not sent yet.
  private var first = 0
  /// The last part is ours to append to.
  private var isLastGathered = false

  mutating func append(_ bytes: ArraySlice<UInt8>) {
    guard !bytes.isEmpty else { return }
    if bytes.count < Self.gatherBelowBytes {
      return bytes.withUnsafeBytes { append(copying: $0) }
    }
    append(.bytes(bytes))
  }

  mutating func append(_ bytes: ReceivedBytes) {
    guard bytes.count > 0 else { return }
    if bytes.count < Self.gatherBelowBytes {
      return bytes.withUnsafeBytes { append(copying: $0) }
    }
    append(.shared(bytes))
  }

  private mutating func append(_ part: Part) {
    parts.append(part)
    isLastGathered = false
    byteCount += part.count
  }

  mutating func append(copying bytes: UnsafeRawBufferPointer) {
    guard !bytes.isEmpty else { return }
    byteCount += bytes.count
    if isLastGathered, let last = parts.indices.last, last >= first,
      case .bytes(var gathered) = parts[last], gathered.count < Self.maximumGatheredBytes
    {
      // Taken out first, so that appending does not copy it.
      parts[last] = .bytes([])
      gathered.append(contentsOf: bytes)
      parts[last] = .bytes(gathered)
    } else {
      parts.append(.bytes(ArraySlice(bytes)))
      isLastGathered = true
    }
  }

  /// Sends until the kernel takes no more; says whether all is sent.
  mutating func send(to descriptor: Int32) throws(SystemError) -> Bool {
    while first < parts.count {
      let count = sendOnce(descriptor)
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN { return false }
        throw .last("send")
      }
      advance(by: count)
    }
    if !parts.isEmpty {
      parts.removeAll(keepingCapacity: false)
      first = 0
      isLastGathered = false
    }
    return true
  }

  private mutating func advance(by count: Int) {
    byteCount -= count
    var rest = count
    while rest > 0, first < parts.count {
      if parts[first].count > rest {
        parts[first] = parts[first].dropFirst(rest)
        return
      }
      rest -= parts[first].count
      parts[first] = .bytes([])
      first += 1
    }
    if first > 64 {
      parts.removeFirst(first)
      first = 0
    }
  }

  private func sendOnce(_ descriptor: Int32) -> Int {
    let end = min(parts.count, first + Self.maximumPartsPerCall)
    return withUnsafeTemporaryAllocation(of: iovec.self, capacity: end - first) { vectors in
      gather(first, end, vectors) {
        var message = msghdr()
        message.msg_iov = vectors.baseAddress
        message.msg_iovlen = vectors.count
        return sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
      }
    }
  }

  /// Nests one `withUnsafeBytes` per part, so that every pointer is valid during the call.
  private func gather(
    _ index: Int, _ end: Int, _ vectors: UnsafeMutableBufferPointer<iovec>, _ call: () -> Int
  ) -> Int {
    if index == end { return call() }
    return parts[index].withUnsafeBytes { bytes in
      vectors[index - first] = iovec(
        iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
      return gather(index + 1, end, vectors, call)
    }
  }
}
