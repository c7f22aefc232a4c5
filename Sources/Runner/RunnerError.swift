/// Why a runner did not do what it was asked for.
package struct RunnerError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// Not reachable, overloaded, or without a leader: the same call may succeed later.
    case unavailable
    /// The runner understood and will not: no permission, a request that breaks its rules.
    case refused
    /// What the call needs is not there, such as the registered job; `prepare()` may help.
    case notFound
    /// The settings are wrong: a template that cannot be read or parsed, an address that is none.
    case misconfigured
  }

  package let code: Code
  /// For a person; has no secret in it.
  package let message: String
  package let cause: (any Error)?

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  /// Whether the same call may succeed later without anybody changing anything.
  package var isTransient: Bool { code == .unavailable }

  package var description: String {
    cause.map { "\(message) (\($0))" } ?? message
  }
}
