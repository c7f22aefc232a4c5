/// Why a token is not accepted. The message names no secret and repeats nothing of the token.
package struct JWTError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// Not a token at all, or claims of another shape than asked for.
    case malformed
    /// Signed with another algorithm than the verifier's, `none` included.
    case wrongAlgorithm
    /// Made with another key, or changed since.
    case badSignature
    /// Past its `exp`.
    case expired
    /// Before its `nbf` or its `iat`.
    case notYetValid
  }

  package let code: Code
  package let message: String
  package let cause: (any Error)?

  package var description: String { message }

  init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
    self.code = code
    self.message = message
    self.cause = cause
  }
}
