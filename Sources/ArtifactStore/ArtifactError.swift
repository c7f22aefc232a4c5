import Glibc
import Platform

/// Why an artifact was not stored or not given.
package struct ArtifactError: Error, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// The name is none that the store takes.
    case invalidName
    /// Another job of the run has an artifact of this name, or one is being published right now.
    case conflict
    /// There is no such artifact.
    case notFound
    /// The artifact is known, but its file is gone.
    case fileMissing
    /// The file is not what was stored.
    case corrupt
    /// The disk or the quota is full.
    case full
    /// Reading or writing failed.
    case inputOutput
    /// Our own mistake, such as a run id that is none.
    case misuse
  }

  package let code: Code
  package let message: String
  package let cause: (any Error)?

  package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }

  package var description: String {
    cause.map { "\(message): \($0)" } ?? message
  }

  /// It may go well another time.
  package var isTransient: Bool { code == .full }

  /// What a failed system call means to whoever stores something.
  init(_ message: String, _ cause: SystemError) {
    let isFull = cause.code == ENOSPC || cause.code == EDQUOT || cause.code == EFBIG
    self.init(isFull ? .full : .inputOutput, message, cause: cause)
  }
}
