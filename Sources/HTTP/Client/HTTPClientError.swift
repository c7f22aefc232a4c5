/// Why a request has no answer. Answers of any status are not errors.
package struct HTTPClientError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// The URL is not absolute `http(s)`, has credentials, or has characters that must be percent-encoded.
    case badURL
    /// Method, fields or body cannot be sent as they are.
    case badRequest
    case resolveFailed
    case connectFailed
    /// Certificates, keys or the handshake.
    case tls
    /// One of the limits: connecting, the whole exchange, silence.
    case timedOut
    /// The connection ended in the middle, in either direction.
    case cutOff
    /// The answer is not HTTP, or not what was asked for.
    case invalidAnswer
    /// The answer's head or body is over a limit.
    case tooLarge
    /// The request's body failed while it was sent; see the cause.
    case bodyFailed
    case cancelled
    /// The client was shut down.
    case shutDown
    /// Anything else that libcurl says.
    case failed
  }

  package let code: Code
  /// For a person: what was asked of which host and what went wrong; no header, no query.
  package let message: String
  package let cause: (any Error)?

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var description: String {
    cause.map { "\(message) (\($0))" } ?? message
  }
}
