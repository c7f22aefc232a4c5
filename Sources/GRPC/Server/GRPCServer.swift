package import Platform

/// Answers gRPC calls: every call is a task that runs the handler, whose status ends the call.
///
/// States: serving -> draining (no new calls or connections) -> down.
package final class GRPCServer: Sendable {
  package typealias Handler = @Sendable (GRPCServerStream) async -> GRPCStatus

  /// Handlers that do not return although their call was ended are waited for this long.
  private static let maximumHandlerEndSeconds = 5.0
  private static let ownLoopCount = 2

  private struct Activity: Sendable {
    var connections = 0
    var handlers = 0
    var isDraining = false
  }

  private let handler: Handler
  private let limits: GRPCLimits
  private let group: EventLoopGroup
  private let ownsGroup: Bool
  private let sweeps: [ObjectIdentifier: KeepaliveSweep]
  private let activity = Watched(Activity())
  private let listener: Watched<Listener?> = Watched(nil)

  /// Where it listens, with the real port.
  package var address: SocketAddress? { listener.withLock { $0?.address } }
  package var port: Int { address?.port ?? 0 }
  /// Open connections.
  package var connectionCount: Int { activity.withLock { $0.connections } }

  /// Listens and serves until `shutdown`. The handler gets the calls of every method (`stream.path`).
  ///
  /// - Throws: `SystemError` when it cannot listen there.
  package static func start(
    _ configuration: GRPCServerConfiguration, handler: @escaping Handler
  ) async throws -> GRPCServer {
    let server = try GRPCServer(configuration, handler: handler)
    let listener = try await Listener.start(
      at: configuration.endpoint, group: server.group, security: configuration.security
    ) { [weak server] connection in
      server?.accept(on: connection.loop)
    }
    server.listener.withLock { $0 = listener }
    return server
  }

  /// The same for a table of methods by path; any other path is answered `UNIMPLEMENTED`.
  package static func start(
    _ configuration: GRPCServerConfiguration, methods: [String: Handler]
  ) async throws -> GRPCServer {
    try await start(configuration) { stream in
      guard let method = methods[stream.path] else {
        return GRPCStatus(.unimplemented, "unknown method \(stream.path)")
      }
      return await method(stream)
    }
  }

  private init(_ configuration: GRPCServerConfiguration, handler: @escaping Handler) throws {
    self.handler = handler
    limits = configuration.limits
    ownsGroup = configuration.group == nil
    group = try configuration.group ?? EventLoopGroup(count: Self.ownLoopCount, name: "grpc")
    sweeps = Dictionary(
      uniqueKeysWithValues: group.loops.map {
        (ObjectIdentifier($0), KeepaliveSweep(loop: $0, keepalive: configuration.keepalive))
      })
  }

  /// Ends the server: clients are told to open no more calls (GOAWAY); open calls may go on for `graceSeconds`, then
  /// they end with `UNAVAILABLE`. Returns when all connections are closed.
  package func shutdown(graceSeconds: Double) async {
    let listener = self.listener.withLock { $0 }
    await listener?.close()
    activity.withLock { $0.isDraining = true }
    eachConnection { $0.drain() }
    if await !isQuiet(withinSeconds: graceSeconds) {
      eachConnection { $0.end(GRPCStatus(.unavailable, "the server shuts down")) }
      _ = await isQuiet(withinSeconds: Self.maximumHandlerEndSeconds)
    }
    if ownsGroup { group.shutdown() }
  }

  private func isQuiet(withinSeconds seconds: Double) async -> Bool {
    let isQuiet = try? await activity.value(timeoutSeconds: seconds, waitingFor: "calls to end") {
      $0.connections == 0 && $0.handlers == 0 ? true : nil
    }
    return isQuiet == true
  }

  private func eachConnection(_ body: @escaping @Sendable (HTTP2Connection) -> Void) {
    for loop in group.loops {
      guard let sweep = sweeps[ObjectIdentifier(loop)] else { continue }
      loop.executeSoon { for connection in sweep.all { body(connection) } }
    }
  }

  /// On the connection's loop.
  private func accept(on loop: EventLoop) -> HTTP2Connection? {
    let isDraining = activity.withLock { activity in
      if !activity.isDraining { activity.connections += 1 }
      return activity.isDraining
    }
    guard !isDraining, let sweep = sweeps[ObjectIdentifier(loop)] else { return nil }
    let connection = HTTP2Connection(
      role: .server, loop: loop, limits: limits, memory: sweep.memory, owner: self)
    sweep.add(connection)
    return connection
  }
}

extension GRPCServer: HTTP2ConnectionOwner {
  func connectionReady(_ connection: HTTP2Connection) {}

  func accepted(_ call: CallStream, head: RequestHead) {
    guard let peer = call.connection.peer else { return }
    let stream = GRPCServerStream(
      call: call, path: head.path, metadata: head.metadata, timeoutSeconds: head.timeoutSeconds, peer: peer)
    activity.withLock { $0.handlers += 1 }
    Task {
      call.finish(await handler(stream))
      activity.withLock { $0.handlers -= 1 }
    }
  }

  func connectionClosed(_ connection: HTTP2Connection, status: GRPCStatus) {
    sweeps[ObjectIdentifier(connection.loop)]?.remove(connection)
    activity.withLock { $0.connections -= 1 }
  }
}
