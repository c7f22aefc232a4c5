/// Why a server cannot start, or why a request cannot be answered as its handler wanted.
package struct HTTPServerError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// The address cannot be listened on.
    case listenFailed
    /// The request's body ended too early, or its framing is broken.
    case bodyCutOff
    /// The request's body is over a limit.
    case bodyTooLarge
    /// The request's body came too slowly.
    case bodyTimedOut
    /// What the request says is wrong: JSON that is none, a parameter out of range.
    case badRequest
    /// What the path names is not there.
    case notFound
  }

  package let code: Code
  /// For the person that reads the answer.
  package let message: String
  package let cause: (any Error)?

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// The status of the answer, when a handler throws this.
  package var status: Int {
    switch code {
    case .listenFailed: 500
    case .bodyCutOff, .badRequest: 400
    case .notFound: 404
    case .bodyTooLarge: 413
    case .bodyTimedOut: 408
    }
  }

  package var description: String {
    cause.map { "\(message) (\($0))" } ?? message
  }
}
