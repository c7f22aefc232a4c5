import Platform

/// Sends requests over connections that it keeps and reuses.
///
/// One thread carries out all transfers; it ends with `shutdown`, or when the client is released.
package final class HTTPClient: Sendable {
  package let configuration: HTTPClientConfiguration
  private let loop: Result<TransferLoop, HTTPClientError>

  package init(configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
    self.configuration = configuration
    loop = Result { () throws(HTTPClientError) in try TransferLoop(configuration: configuration) }
  }

  deinit {
    if case .success(let loop) = loop { loop.stop() }
  }

  /// Sends the request and gives back the answer as soon as its head is there, whatever its status.
  ///
  /// Throws `HTTPClientError`. Cancelling the task ends the transfer with `.cancelled`.
  package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
    var request = request
    var url = try RequestURL(request.url)
    try request.check()
    for _ in 0..<max(0, configuration.maximumRedirects) {
      let response = try await exchange(request, url)
      guard request.followsRedirects,
        let next = try RedirectRule.next(after: response, to: request, at: url)
      else { return response }
      (request, url) = next
    }
    return try await exchange(request, url)
  }

  /// Ends all transfers and closes the connections; later requests fail with `.shutDown`.
  package func shutdown() async {
    if case .success(let loop) = loop { await loop.stopAndWait() }
  }

  private func exchange(_ request: HTTPRequest, _ url: RequestURL) async throws -> HTTPResponse {
    let loop = try loop.get()
    let transfer = Transfer(request, url: url, configuration: configuration, loop: loop)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        transfer.wait(continuation)
        if !loop.submit(.start(transfer)) {
          transfer.end(with: HTTPClientError(.shutDown, "\(transfer.what): the client was shut down"))
        }
      }
    } onCancel: {
      loop.submit(.cancel(transfer))
    }
  }
}

extension HTTPRequest {
  /// Throws what libcurl would send without a look: line ends in a field would be fields of their own.
  fileprivate func check() throws(HTTPClientError) {
    guard HTTPSyntax.isToken(method) else {
      throw HTTPClientError(.badRequest, "the request's method is not a token")
    }
    for (name, value) in headers {
      guard HTTPSyntax.isToken(name) else {
        throw HTTPClientError(.badRequest, "a header's name has a character that names do not have")
      }
      guard HTTPSyntax.isFieldValue(value) else {
        throw HTTPClientError(.badRequest, "the value of header '\(name)' has a control character")
      }
      if ["Content-Length", "Transfer-Encoding", "Connection"].contains(where: { HTTPHeaders.equal($0, name) }
      ) {
        throw HTTPClientError(.badRequest, "header '\(name)' is the client's own to write")
      }
    }
  }
}
