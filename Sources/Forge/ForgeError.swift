/// What a forge, or the driver that speaks with it, answers when something does not work.
package struct ForgeError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// A webhook whose signature is missing or was made with another secret.
    case badSignature
    /// A webhook, or an argument of ours, that is not what it should be.
    case malformed
    /// A webhook of a content type that is not read.
    case unsupportedMediaType
    /// A webhook over the limit.
    case tooLarge
    /// No such repository, installation, commit or release, or none that we may see.
    case notFound
    /// The forge wants to be left alone for `retryAfterSeconds`.
    case rateLimited
    /// The thing to be made exists already.
    case conflict
    /// The forge does not accept our credentials, renewed ones neither.
    case unauthorized
    /// The forge knows us and will not do it, however often we ask.
    case refused
    /// The forge could not be reached, or failed on its side.
    case unavailable
    /// The calling task was cancelled.
    case cancelled
  }

  package let code: Code
  /// For a person: what was attempted and what the forge said. Holds no secret.
  package let message: String
  /// How long the forge asked to wait before the next request, in seconds.
  package let retryAfterSeconds: Int64?
  package let cause: (any Error)?

  package init(
    _ code: Code, _ message: String, retryAfterSeconds: Int64? = nil, cause: (any Error)? = nil
  ) {
    self.code = code
    self.message = message
    self.retryAfterSeconds = retryAfterSeconds
    self.cause = cause
  }

  /// Whether the same call may work later without anybody changing anything.
  package var isTransient: Bool {
    code == .rateLimited || code == .unavailable
  }

  package var description: String {
    cause.map { "\(message) (\($0))" } ?? message
  }
}
