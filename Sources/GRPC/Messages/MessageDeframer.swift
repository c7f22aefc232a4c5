import Platform

/// Cuts the bytes of a stream's DATA frames into messages.
///
/// States: between messages -> in a prefix (fewer than 5 bytes of it are there) -> in a message -> between messages.
/// An error is final: the stream ends with it, and nothing is fed any more.
struct MessageDeframer {
  private enum State {
    case betweenMessages
    case inPrefix([UInt8])
    case inMessage(MessageAssembly)
  }

  private let maximumMessageBytes: Int
  private var state = State.betweenMessages

  init(maximumMessageBytes: Int) {
    self.maximumMessageBytes = maximumMessageBytes
  }

  /// The peer may end its side now: it is not in the middle of a message.
  var isAtBoundary: Bool {
    if case .betweenMessages = state { true } else { false }
  }

  /// Takes the next bytes and appends the messages that are complete with them to `batch`.
  mutating func append(_ bytes: ReceivedBytes, to batch: inout MessageBatch) throws(GRPCStatus) {
    var offset = 0
    while offset < bytes.count {
      switch state {
      case .betweenMessages:
        offset = try takePacked(bytes, from: offset, to: &batch)
      case .inPrefix(var prefix):
        let added = min(MessagePrefix.byteCount - prefix.count, bytes.count - offset)
        bytes.slice(from: offset, count: added).withUnsafeBytes { prefix.append(contentsOf: $0) }
        offset += added
        state = .inPrefix(prefix)
        if prefix.count == MessagePrefix.byteCount {
          let length = prefix[1...].reduce(0) { $0 << 8 | Int($1) }
          try check(flag: prefix[0], length: length)
          beginMessage(byteCount: length, to: &batch)
        }
      case .inMessage(var assembly):
        // Taken out of the state, so that appending does not copy the list of parts.
        state = .betweenMessages
        let part = bytes.slice(from: offset, count: assembly.missing)
        offset += part.count
        if assembly.append(part) {
          batch.append(assembly.message())
        } else {
          state = .inMessage(assembly)
        }
      }
    }
  }

  /// Takes all messages that lie whole behind `start`, and begins the one that is cut off; the offset behind it all.
  private mutating func takePacked(
    _ bytes: ReceivedBytes, from start: Int, to batch: inout MessageBatch
  ) throws(GRPCStatus) -> Int {
    var end = start
    var count = 0
    var cutOffLength: Int?
    try bytes.withUnsafeBytes { raw throws(GRPCStatus) in
      while end <= raw.count - MessagePrefix.byteCount {
        let length = MessagePrefix.length(in: raw, at: end)
        try check(flag: raw[end], length: length)
        guard length <= raw.count - end - MessagePrefix.byteCount else {
          cutOffLength = length
          break
        }
        end += MessagePrefix.byteCount + length
        count += 1
      }
    }
    if count > 0 { batch.append(packed: bytes.slice(from: start, count: end - start), count: count) }
    if let cutOffLength {
      end += MessagePrefix.byteCount
      state = .inMessage(MessageAssembly(byteCount: cutOffLength))
    } else if end < bytes.count {
      state = .inPrefix(bytes.slice(from: end, count: bytes.count - end).array())
      end = bytes.count
    }
    return end
  }

  private mutating func beginMessage(byteCount: Int, to batch: inout MessageBatch) {
    if byteCount == 0 {
      state = .betweenMessages
      batch.append(IncomingMessage(assembled: []))
    } else {
      state = .inMessage(MessageAssembly(byteCount: byteCount))
    }
  }

  @inline(__always)
  private func check(flag: UInt8, length: Int) throws(GRPCStatus) {
    if flag != 0 { throw Self.refusal(flag: flag) }
    if length > maximumMessageBytes {
      throw GRPCStatus(
        .resourceExhausted,
        "message of \(length) bytes is larger than the maximum of \(maximumMessageBytes)")
    }
  }

  private static func refusal(flag: UInt8) -> GRPCStatus {
    flag == 1
      ? GRPCStatus(.unimplemented, "compressed messages are not supported")
      : GRPCStatus(.internalError, "a message's compression flag is \(flag)")
  }
}
