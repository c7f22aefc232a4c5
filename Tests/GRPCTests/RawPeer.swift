import Platform

/// The other end of a connection as bare bytes, for peers that break rules or say nothing.
final class RawPeer: ConnectionHandler, @unchecked Sendable {
  struct Seen: Sendable {
    var connection: Connection?
    var bytes: [UInt8] = []
    var isClosed = false
  }

  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(type: 4)

  let seen = Watched(Seen())

  /// A peer that connects to a server.
  static func connect(port: Int, loop: EventLoop) async throws -> RawPeer {
    let peer = RawPeer()
    try await Connection.connect(to: Endpoint(host: "localhost", port: port), loop: loop, handler: peer)
    _ = try await peer.seen.value(timeoutSeconds: 10, waitingFor: "a connection") { $0.connection }
    return peer
  }

  /// An HTTP/2 frame (RFC 9113 section 4.1).
  static func frame(type: UInt8, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
    let count = UInt32(truncatingIfNeeded: payload.count)
    let head: [UInt8] = bigEndian(count).dropFirst() + [type, flags]
    return head + bigEndian(stream) + payload
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }

  /// The header block of a call (HPACK literals without indexing, no Huffman: RFC 7541 section 6.2.2).
  static func headers(_ fields: [(String, String)]) -> [UInt8] {
    var block: [UInt8] = []
    for (name, value) in fields {
      block += [0, UInt8(name.utf8.count)] + Array(name.utf8)
      block += [UInt8(value.utf8.count)] + Array(value.utf8)
    }
    return block
  }

  static let call = headers([
    (":method", "POST"), (":scheme", "http"), (":path", "/test.Service/Echo"), (":authority", "x"),
    ("te", "trailers"), ("content-type", "application/grpc"),
  ])

  func send(_ bytes: [UInt8]) {
    guard let connection = seen.withLock({ $0.connection }) else { return }
    connection.loop.executeSoon { connection.write(bytes) }
  }

  func close() {
    guard let connection = seen.withLock({ $0.connection }) else { return }
    connection.loop.executeSoon { connection.abort() }
  }

  func untilClosed() async throws {
    _ = try await seen.value(timeoutSeconds: 10, waitingFor: "the end of the connection") {
      $0.isClosed ? true : nil
    }
  }

  /// Waits for a frame of a type; its payload.
  func untilFrame(type: UInt8) async throws -> [UInt8] {
    try await seen.value(timeoutSeconds: 10, waitingFor: "a frame of type \(type)") { seen in
      Self.frames(in: seen.bytes).first { $0.type == type }?.payload
    }
  }

  static func frames(in bytes: [UInt8]) -> [(type: UInt8, payload: [UInt8])] {
    var frames: [(UInt8, [UInt8])] = []
    var rest = bytes[...]
    while rest.count >= 9 {
      let head = Array(rest.prefix(9))
      let count = Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2])
      guard rest.count >= 9 + count else { break }
      frames.append((head[3], Array(rest.dropFirst(9).prefix(count))))
      rest = rest.dropFirst(9 + count)
    }
    return frames
  }

  func connected(_ connection: Connection) {
    seen.withLock { $0.connection = connection }
  }

  func received(_ bytes: ReceivedBytes) {
    let copy = bytes.array()
    seen.withLock { $0.bytes += copy }
  }

  func outputDrained() {}

  func inputEnded() {
    seen.withLock { $0.connection }?.close()
  }

  func closed(_ error: (any Error)?) {
    seen.withLock { $0.isClosed = true }
  }
}
