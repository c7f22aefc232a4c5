/// Sends requests over connections that it keeps and reuses.
package final class HTTPClient: Sendable {
  package let configuration: HTTPClientConfiguration

  package init(configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
    self.configuration = configuration
  }

  /// Sends the request and gives back the answer as soon as its head is there.
  ///
  /// Throws `HTTPClientError`. Cancelling the task ends the transfer with `.cancelled`.
  package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    throw HTTPClientError(.shutDown, "the client does not send yet")
  }

  /// Ends all transfers and closes the connections; later requests fail with `.shutDown`.
  package func shutdown() async {}
}
