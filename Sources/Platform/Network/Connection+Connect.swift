import CShims
import Glibc

extension Connection {
  /// Opens a connection to `endpoint` on `loop`; `handler` gets everything from `connected` on.
  ///
  /// The addresses of a name are tried in order, each for at most `timeout`. A connection whose handshake fails
  /// ends with the handler's `closed`.
  package static func connect(
    to endpoint: Endpoint, loop: EventLoop, security: (any TransportSecurity)? = nil,
    timeout: Duration = .seconds(10),
    handler: any ConnectionHandler & Sendable
  ) async throws {
    let addresses = try await BlockingExecutor.files.run { try endpoint.resolve(passive: false) }
    var failure = SystemError(code: EADDRNOTAVAIL, operation: "connect to \(endpoint)")
    for address in addresses {
      do {
        let raw = try await PendingConnection.connect(
          to: address, endpoint: endpoint, loop: loop, timeout: timeout)
        return try await start(raw, endpoint: endpoint, loop: loop, security: security, handler: handler)
      } catch let error as SystemError {
        failure = error
      }
      try Task.checkCancellation()
    }
    throw failure
  }

  private static func start(
    _ raw: Int32, endpoint: Endpoint, loop: EventLoop, security: (any TransportSecurity)?,
    handler: any ConnectionHandler & Sendable
  ) async throws {
    let descriptor = Descriptor(owning: raw)
    try Socket.setOption(raw, level: Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    guard let peer = Socket.peerAddress(raw) else {
      throw SystemError(code: ECONNRESET, operation: "connect to \(endpoint)")
    }
    let session = try security?.makeSession(serverName: endpoint.host)
    let connection = Connection(owning: descriptor, peer: peer, loop: loop, security: session)
    loop.execute { connection.start(handler: handler) }
  }
}

/// A connect(2) that is under way. Confined to its loop.
private final class PendingConnection: EventHandler, @unchecked Sendable {
  private let loop: EventLoop
  private let endpoint: Endpoint
  private var descriptor: Int32
  private var token: UInt64?
  private var timer: ScheduledTask?
  private var continuation: CheckedContinuation<Int32, any Error>?

  private init(owning descriptor: consuming Descriptor, endpoint: Endpoint, loop: EventLoop) {
    self.descriptor = descriptor.release()
    self.endpoint = endpoint
    self.loop = loop
  }

  /// The connected socket; the caller owns it.
  static func connect(
    to address: ResolvedAddress, endpoint: Endpoint, loop: EventLoop, timeout: Duration
  ) async throws -> Int32 {
    let pending = PendingConnection(
      owning: try Socket.create(family: address.family), endpoint: endpoint, loop: loop)
    return try await withCheckedThrowingContinuation { continuation in
      loop.executeSoon { pending.begin(address, timeout: timeout, continuation) }
    }
  }

  private func begin(
    _ address: ResolvedAddress, timeout: Duration, _ continuation: CheckedContinuation<Int32, any Error>
  ) {
    self.continuation = continuation
    let result = address.withSocketAddress { Glibc.connect(descriptor, $0, $1) }
    if result == 0 { return end(code: 0) }
    guard errno == EINPROGRESS || errno == EINTR else { return end(code: errno) }
    do {
      token = try loop.watch(descriptor, events: SHIM_EPOLLOUT, self)
      timer = loop.schedule(after: timeout) { [weak self] in self?.end(code: ETIMEDOUT) }
    } catch {
      end(code: error.code)
    }
  }

  func handle(events: UInt32) {
    end(code: Socket.pendingError(descriptor))
  }

  private func end(code: Int32) {
    guard let continuation else { return }
    self.continuation = nil
    timer?.cancel()
    if let token { loop.unwatch(descriptor, token: token) }
    if code == 0 {
      continuation.resume(returning: descriptor)
    } else {
      Glibc.close(descriptor)
      continuation.resume(throwing: SystemError(code: code, operation: "connect to \(endpoint)"))
    }
  }
}
