package import Platform
import Synchronization

/// One connection to a server, on which any number of calls are made.
///
/// States: connecting -> ready -> draining (the server said GOAWAY, or `close` was called) -> closed. It does not connect
/// again by itself: whoever uses it knows what a lost connection means.
package final class GRPCClient: Sendable {
  private enum State: Sendable {
    case connecting
    case ready
    case closed(GRPCStatus)
  }

  /// The loop of clients that were given none.
  private static let sharedLoop = Result { try EventLoop(name: "grpc-client") }

  private let connection: HTTP2Connection
  private let sweep: KeepaliveSweep
  private let state: Watched<State>
  private let authority: String
  private let isSecured: Bool
  private let limits: GRPCLimits
  private let link: ClientLink

  /// Connects, and waits until the server has shown that it speaks HTTP/2.
  ///
  /// - Throws: `GRPCStatus` `UNAVAILABLE`, whose message says what did not work; `CancellationError`.
  package static func connect(
    to endpoint: Endpoint, _ configuration: GRPCClientConfiguration = GRPCClientConfiguration()
  ) async throws -> GRPCClient {
    let loop = try configuration.loop ?? sharedLoop.get()
    let client = GRPCClient(endpoint, configuration, loop: loop)
    do {
      try await client.start(endpoint, configuration)
    } catch {
      client.abandon(GRPCStatus(.cancelled, "the connection was given up"))
      throw error
    }
    return client
  }

  private init(_ endpoint: Endpoint, _ configuration: GRPCClientConfiguration, loop: EventLoop) {
    state = Watched(.connecting)
    authority = endpoint.description
    isSecured = configuration.security != nil
    limits = configuration.limits
    let sweep = KeepaliveSweep(loop: loop, keepalive: configuration.keepalive)
    self.sweep = sweep
    let state = self.state
    link = ClientLink(
      ready: { connection in
        sweep.add(connection)
        state.withLock { state in
          if case .connecting = state { state = .ready }
        }
      },
      closed: { connection, status in
        sweep.remove(connection)
        state.withLock { $0 = .closed(status) }
      })
    connection = HTTP2Connection(
      role: .client, loop: loop, limits: configuration.limits, memory: sweep.memory, owner: link)
  }

  deinit {
    abandon(GRPCStatus(.cancelled, "the client was dropped"))
  }

  private func start(_ endpoint: Endpoint, _ configuration: GRPCClientConfiguration) async throws {
    do {
      try await Connection.connect(
        to: endpoint, loop: connection.loop, security: configuration.security,
        timeout: .seconds(configuration.connectTimeoutSeconds), handler: connection)
      let failure = try await state.value(
        timeoutSeconds: configuration.connectTimeoutSeconds, waitingFor: "the server's HTTP/2 settings"
      ) { state -> GRPCStatus? in
        switch state {
        case .connecting: nil
        case .ready: .ok
        case .closed(let status): status
        }
      }
      if !failure.isOK { throw failure }
    } catch let error as SystemError {
      throw GRPCStatus(.unavailable, "cannot connect to \(endpoint): \(error)")
    } catch let status as GRPCStatus {
      throw GRPCStatus(.unavailable, "cannot connect to \(endpoint): \(status.message)")
    }
  }

  /// Why the connection takes no calls any more; nil while it does.
  package var closeReason: GRPCStatus? {
    state.withLock { if case .closed(let status) = $0 { status } else { nil } }
  }

  /// Waits until the connection is closed, by whomever, and says why.
  package func closed() async throws -> GRPCStatus {
    try await state.value { if case .closed(let status) = $0 { status } else { nil } }
  }

  /// Opens a call; its headers are sent at once.
  ///
  /// - Parameter timeoutSeconds: after this the call ends with `DEADLINE_EXCEEDED`, on both sides.
  /// - Throws: `GRPCStatus` `UNAVAILABLE` when the connection is closed or closing.
  package func openStream(
    path: String, metadata: GRPCMetadata = GRPCMetadata(), timeoutSeconds: Double? = nil
  ) async throws -> GRPCClientStream {
    let fields = RequestFields.headers(
      path: path, authority: authority, isSecured: isSecured, timeoutSeconds: timeoutSeconds,
      metadata: metadata)
    let call = CallStream(connection: connection, limits: limits)
    let connection = connection
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      connection.loop.executeSoon {
        continuation.resume(with: Result { try connection.open(call, fields: fields) })
        Self.setDeadline(timeoutSeconds, on: call)
      }
    }
    return GRPCClientStream(call: call)
  }

  /// Closes the connection when its calls have ended; those that are open after `graceSeconds` end with `CANCELLED`.
  package func close(graceSeconds: Double = 0) async {
    let connection = connection
    connection.loop.executeSoon { connection.drain() }
    if graceSeconds > 0 {
      _ = try? await state.value(timeoutSeconds: graceSeconds, waitingFor: "calls to end") { state in
        if case .closed = state { true } else { nil }
      }
    }
    abandon(GRPCStatus(.cancelled, "the connection was closed"))
    _ = try? await closed()
  }

  private func abandon(_ status: GRPCStatus) {
    let connection = connection
    connection.loop.executeSoon { connection.end(status) }
  }

  /// On the loop.
  private static func setDeadline(_ timeoutSeconds: Double?, on call: CallStream) {
    guard let timeoutSeconds else { return }
    let seconds = min(max(0, timeoutSeconds), GRPCTimeout.maximumSeconds)
    call.deadline = call.connection.loop.schedule(after: .seconds(seconds)) { [weak call] in
      if let call { call.connection.expire(call) }
    }
  }
}

/// What a client's connection tells, apart from the client, so that a client that is dropped can go.
private final class ClientLink: HTTP2ConnectionOwner {
  private let ready: @Sendable (HTTP2Connection) -> Void
  private let closed: @Sendable (HTTP2Connection, GRPCStatus) -> Void

  init(
    ready: @escaping @Sendable (HTTP2Connection) -> Void,
    closed: @escaping @Sendable (HTTP2Connection, GRPCStatus) -> Void
  ) {
    self.ready = ready
    self.closed = closed
  }

  func connectionReady(_ connection: HTTP2Connection) { ready(connection) }
  func accepted(_ stream: CallStream, head: RequestHead) {}
  func connectionClosed(_ connection: HTTP2Connection, status: GRPCStatus) { closed(connection, status) }
}
