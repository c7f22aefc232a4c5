import CShims
import Glibc

/// A listening TCP socket whose connections are spread over a group of loops.
package final class Listener: EventHandler, @unchecked Sendable {
  /// Connections that the kernel holds for us until they are accepted.
  private static let backlog: Int32 = 1_024
  /// How long to accept nothing after the process ran out of descriptors.
  private static let pauseMilliseconds = 100

  /// Where it listens; with the real port when 0 was asked for.
  package let address: SocketAddress

  private let descriptor: Int32
  private let loop: EventLoop
  private let group: EventLoopGroup
  private let security: (any TransportSecurity)?
  private let makeHandler: @Sendable (Connection) -> (any ConnectionHandler)?
  private var token: UInt64 = 0
  private var isClosed = false

  /// Listens at `endpoint` (port 0: any free one). `handler` is called on the new connection's loop; `nil` refuses it.
  package static func start(
    at endpoint: Endpoint, group: EventLoopGroup, security: (any TransportSecurity)? = nil,
    handler: @escaping @Sendable (Connection) -> (any ConnectionHandler)?
  ) async throws -> Listener {
    let listener = try await BlockingExecutor.files.run {
      let descriptor = try bind(to: endpoint)
      return try Listener(owning: descriptor, group: group, security: security, handler: handler)
    }
    try await listener.watch()
    return listener
  }

  private init(
    owning descriptor: consuming Descriptor, group: EventLoopGroup, security: (any TransportSecurity)?,
    handler: @escaping @Sendable (Connection) -> (any ConnectionHandler)?
  ) throws(SystemError) {
    guard let address = Socket.localAddress(descriptor.raw) else { throw .last("read the socket's address") }
    self.address = address
    self.group = group
    self.loop = group.next()
    self.security = security
    self.makeHandler = handler
    self.descriptor = descriptor.release()
  }

  deinit {
    if !isClosed { Glibc.close(descriptor) }
  }

  /// Stops to listen; connections that were accepted live on.
  package func close() async {
    await withCheckedContinuation { continuation in
      loop.executeSoon { [self] in
        if !isClosed {
          isClosed = true
          loop.unwatch(descriptor, token: token)
          Glibc.close(descriptor)
        }
        continuation.resume()
      }
    }
  }

  private static func bind(to endpoint: Endpoint) throws(SystemError) -> Descriptor {
    var failure = SystemError(code: EADDRNOTAVAIL, operation: "listen at \(endpoint)")
    for address in try endpoint.resolve(passive: true) {
      do throws(SystemError) {
        return try bind(to: address, endpoint: endpoint)
      } catch {
        failure = error
      }
    }
    throw failure
  }

  private static func bind(to address: ResolvedAddress, endpoint: Endpoint) throws(SystemError) -> Descriptor
  {
    let descriptor = try Socket.create(family: address.family)
    try Socket.setOption(descriptor.raw, level: SOL_SOCKET, SO_REUSEADDR, 1)
    if address.family == AF_INET6 {
      // Both protocols for "all interfaces".
      let isOnly: Int32 = endpoint.host.isEmpty ? 0 : 1
      try Socket.setOption(descriptor.raw, level: Int32(IPPROTO_IPV6), IPV6_V6ONLY, isOnly)
    }
    let raw = descriptor.raw
    guard address.withSocketAddress({ Glibc.bind(raw, $0, $1) }) == 0, listen(raw, backlog) == 0 else {
      throw .last("listen at \(endpoint)")
    }
    return descriptor
  }

  private func watch() async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      loop.executeSoon { [self] in
        continuation.resume(with: Result { token = try loop.watch(descriptor, events: SHIM_EPOLLIN, self) })
      }
    }
  }

  func handle(events: UInt32) {
    while !isClosed {
      let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
      let raw = shim_accept(descriptor, flags)
      if raw >= 0 {
        hand(over: Descriptor(owning: raw))
      } else if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM {
        return pause()
      } else if errno == EAGAIN || errno == EWOULDBLOCK {
        return
      }
      // Anything else concerns one connection that is gone already.
    }
  }

  private func hand(over socket: consuming Descriptor) {
    try? Socket.setOption(socket.raw, level: Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    // A peer that is gone already, or a session that cannot be made: the socket is closed.
    guard let peer = Socket.peerAddress(socket.raw) else { return }
    var session: (any TransportSecuritySession)?
    if let security {
      session = try? security.makeSession(serverName: nil)
      if session == nil { return }
    }
    start(Connection(owning: socket, peer: peer, loop: group.next(), security: session))
  }

  private func start(_ connection: Connection) {
    let makeHandler = self.makeHandler
    connection.loop.executeSoon {
      if let handler = makeHandler(connection) {
        connection.start(handler: handler)
      }
    }
  }

  private func pause() {
    loop.change(descriptor, events: 0, token: token)
    loop.schedule(after: .milliseconds(Self.pauseMilliseconds)) { [self] in
      if !isClosed { loop.change(descriptor, events: SHIM_EPOLLIN, token: token) }
    }
  }
}
