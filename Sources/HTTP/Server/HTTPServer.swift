package import Platform
import Synchronization

/// Listens, and hands every request to one handler. Ends by `shutdown` only: whoever starts one calls it.
package final class HTTPServer: Sendable {
  package typealias Handler = @Sendable (HTTPServerRequest) async -> HTTPServerResponse

  /// Connections beyond the limit that are still told so (503); beyond these they are just closed.
  private static let maximumRefusedConnections = 64

  /// Where it listens.
  package let address: SocketAddress
  package var port: Int { address.port }

  private let listener: Listener
  private let group: EventLoopGroup
  private let connections: ServerConnections

  private init(listener: Listener, group: EventLoopGroup, connections: ServerConnections) {
    self.address = listener.address
    self.listener = listener
    self.group = group
    self.connections = connections
  }

  /// Starts to listen. The handler is called once per request, in a task that is cancelled when its connection breaks.
  /// A client that ended its own side, or closed, is not told apart from one that still waits until something is written.
  ///
  /// Throws `HTTPServerError` with `.listenFailed`.
  package static func start(
    _ configuration: HTTPServerConfiguration = HTTPServerConfiguration(), handler: @escaping Handler
  ) async throws -> HTTPServer {
    guard let endpoint = Endpoint(configuration.address) else {
      throw HTTPServerError(.listenFailed, "'\(configuration.address)' is not host:port or :port")
    }
    let connections = ServerConnections()
    let maximum = configuration.maximumConnections
    do {
      let group = try EventLoopGroup(count: configuration.loops, name: "http")
      do {
        let listener = try await Listener.start(
          at: endpoint, group: group, security: configuration.security
        ) { connection in
          let count = connections.count
          guard count < maximum + maximumRefusedConnections else { return nil }
          return connections.add { onClosed in
            ServerConnection(
              connection, configuration: configuration, isRefused: count >= maximum, handler: handler,
              onClosed: onClosed)
          }
        }
        return HTTPServer(listener: listener, group: group, connections: connections)
      } catch {
        await end(group)
        throw error
      }
    } catch {
      throw HTTPServerError(.listenFailed, "cannot listen at \(configuration.address)", cause: error)
    }
  }

  /// The connections that are open now.
  package var connectionCount: Int { connections.count }

  /// Takes no more connections, closes those without a request, lets answers finish for `graceSeconds`, then cuts
  /// what is left. When it returns nothing of the server is left but handlers that do not heed their cancellation.
  package func shutdown(graceSeconds: Double = 5) async {
    await listener.close()
    connections.beginShutdown()
    let deadline = group.next().schedule(after: .seconds(max(0, graceSeconds))) { [connections] in
      connections.abortAll()
    }
    await connections.waitUntilEmpty()
    deadline.cancel()
    await Self.end(group)
  }

  /// Ending a loop waits for its thread.
  private static func end(_ group: EventLoopGroup) async {
    try? await BlockingExecutor.files.run { group.shutdown() }
  }
}
