/// Listens, and hands every request to one handler.
package final class HTTPServer: Sendable {
  package typealias Handler = @Sendable (HTTPServerRequest) async -> HTTPServerResponse

  /// The port that is listened on.
  package let port: Int

  private init(port: Int) {
    self.port = port
  }

  /// Starts to listen. The handler is called once per request, in a task that is cancelled when its client is gone.
  package static func start(
    _ configuration: HTTPServerConfiguration = HTTPServerConfiguration(), handler: @escaping Handler
  ) async throws -> HTTPServer {
    throw HTTPServerError(.listenFailed, "the server does not listen yet")
  }

  /// Takes no more connections, lets answers finish for `graceSeconds`, then cuts what is left.
  package func shutdown(graceSeconds: Double) async {}
}
