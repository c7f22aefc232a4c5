/// A call of the fake's own Swift interface that could not be done.
public struct FakeGitHubError: Error, Sendable, CustomStringConvertible {
  public enum Code: Sendable, Hashable {
    /// A repository, commit, release, pull request or delivery that is not there.
    case notFound
    /// An argument that is no such name, key or address.
    case invalidArgument
    /// git failed; the message has what it wrote.
    case git
    /// The server could not be started, or a file not be written.
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
