internal import COpenSSL

/// What the Crypto module answers when a key, a certificate or the library refuses.
package struct CryptoError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable {
    /// Text that should hold a key in PEM does not, or the key is of a kind or size that is not used here.
    case invalidKey
    /// A certificate, its chain or its key could not be read or do not belong together.
    case invalidCertificate
    /// The library refused an operation that should work.
    case libraryFailure
  }

  package let code: Code
  /// For a person: what was attempted and, where OpenSSL said so, why it failed.
  package let message: String

  package var description: String { message }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The error of a call that just failed on this thread, with OpenSSL's own reason.
  static func fromLibrary(_ code: Code, _ attempt: String) -> CryptoError {
    guard let reason = takeLibraryErrors() else { return CryptoError(code, attempt) }
    return CryptoError(code, "\(attempt): \(reason)")
  }
}

/// The first reason in this thread's OpenSSL error queue, which is empty afterwards.
///
/// The queue belongs to the thread, not to an object: what a failed call leaves there would be taken for the
/// outcome of the next TLS call on the same thread (SSL_get_error(3) looks at it).
func takeLibraryErrors() -> String? {
  var first: String?
  while true {
    let code = ERR_get_error()
    if code == 0 { return first }
    if first == nil, let reason = ERR_reason_error_string(code) { first = String(cString: reason) }
  }
}
