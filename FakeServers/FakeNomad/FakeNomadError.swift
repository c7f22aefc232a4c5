/// A call of the fake's own Swift interface that could not be done.
public struct FakeNomadError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// No allocation of that id.
    case notFound
    /// The server could not be started.
    case system
    /// What was waited for did not happen in time.
    case timedOut
  }

  public let code: Code
  public let message: String
  public let cause: (any Error)?

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  public var description: String {
    cause.map { "\(message) (\($0))" } ?? message
  }
}
