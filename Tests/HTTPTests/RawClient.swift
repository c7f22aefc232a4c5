import Platform

/// A client that says exactly the bytes it is told to, and keeps what comes back.
final class RawClient: ConnectionHandler, @unchecked Sendable {
  private struct State: Sendable {
    var received: [UInt8] = []
    var isEnded = false
    var isBroken = false
    var failure: String?
    var connection: Connection?
  }

  private let state = Watched(State())
  private let loop: EventLoop

  private init(loop: EventLoop) {
    self.loop = loop
  }

  /// Connects to a port of this machine, runs `body`, and takes everything down again.
  static func with<T>(
    port: Int, isReading: Bool = true, _ body: (RawClient) async throws -> T
  ) async throws -> T {
    let loop = try EventLoop(name: "raw-client")
    defer { loop.shutdown() }
    let client = RawClient(loop: loop)
    try await Connection.connect(to: Endpoint(host: "127.0.0.1", port: port), loop: loop, handler: client)
    try await client.wait { $0.connection != nil || $0.isEnded }
    if !isReading { client.onLoop { $0.pauseReading() } }
    defer { client.onLoop { $0.abort() } }
    return try await body(client)
  }

  /// Sends the bytes on one connection and gives back everything until the server closes it.
  static func exchange(port: Int, _ text: String) async throws -> String {
    try await with(port: port) { client in
      client.send(text)
      return try await client.untilEnd()
    }
  }

  func send(_ text: String) {
    send(Array(text.utf8))
  }

  func send(_ bytes: [UInt8]) {
    onLoop { $0.write(bytes) }
  }

  func endOutput() {
    onLoop { $0.closeOutput() }
  }

  func reset() {
    onLoop { $0.abort() }
  }

  func read() {
    onLoop { $0.resumeReading() }
  }

  /// Everything until the server closes the connection, in order or not.
  func untilEnd() async throws -> String {
    try await wait { $0.isEnded }
    return text
  }

  /// Everything received, as soon as it contains `text`, or the connection ended.
  func until(_ text: String) async throws -> String {
    let wanted = Array(text.utf8)
    try await wait { $0.isEnded || $0.received.contains(wanted) }
    return self.text
  }

  /// Waits until so many bytes came, or the connection ended.
  func until(byteCount: Int) async throws -> Int {
    try await wait { $0.isEnded || $0.received.count >= byteCount }
    return state.withLock { $0.received.count }
  }

  /// Waits until the connection broke, also when nothing is read.
  func untilBroken() async throws {
    try await wait { $0.isBroken }
  }

  var text: String { state.withLock { String(decoding: $0.received, as: UTF8.self) } }
  var isEnded: Bool { state.withLock { $0.isEnded } }
  /// Why the connection broke; `nil` when it ended in order.
  var failure: String? { state.withLock { $0.failure } }

  private func onLoop(_ body: @escaping @Sendable (Connection) -> Void) {
    loop.execute { [self] in
      if let connection = state.withLock({ $0.connection }) { body(connection) }
    }
  }

  private func wait(_ isMet: @escaping @Sendable (State) -> Bool) async throws {
    _ = try await state.value { isMet($0) ? true : nil }
  }

  func connected(_ connection: Connection) {
    state.withLock { $0.connection = connection }
  }

  func received(_ bytes: ReceivedBytes) {
    state.withLock { $0.received += bytes.array() }
  }

  func outputDrained() {}

  func inputEnded() {
    state.withLock { $0.isEnded = true }
  }

  func closed(_ error: (any Error)?) {
    state.withLock {
      $0.isEnded = true
      $0.isBroken = true
      $0.failure = error.map { "\($0)" }
    }
  }
}
