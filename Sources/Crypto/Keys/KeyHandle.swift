internal import COpenSSL

/// One reference to an OpenSSL key. The key is never changed after it was made, so threads may share it.
final class KeyHandle: @unchecked Sendable {
  /// Borrowed; valid as long as the handle is.
  let pointer: OpaquePointer

  /// Takes over the caller's reference, if it is an RSA key that RS256 may use
  /// (at least 2,048 bits: RFC 7518 section 3.3).
  init(owning pointer: OpaquePointer) throws(CryptoError) {
    self.pointer = pointer
    // All stored properties are set: from here on `deinit` frees the key when this throws.
    guard EVP_PKEY_is_a(pointer, "RSA") == 1 else {
      throw CryptoError(.invalidKey, "the key is not an RSA key")
    }
    let bits = EVP_PKEY_get_bits(pointer)
    guard bits >= 2048 else {
      throw CryptoError(.invalidKey, "the RSA key has \(bits) bits; at least 2048 are needed")
    }
  }

  deinit {
    EVP_PKEY_free(pointer)
  }
}

/// Makes the key that `read` finds in a PEM text.
func readKey(
  _ pem: String, _ what: String, _ read: (OpaquePointer) -> OpaquePointer?
) throws(CryptoError) -> KeyHandle {
  let text = Array(pem.utf8)
  guard let length = Int32(exactly: text.count), let input = BIO_new_mem_buf(text, length) else {
    throw CryptoError(.invalidKey, "the text is too long for \(what)")
  }
  defer { BIO_free(input) }
  guard let key = withExtendedLifetime(text, { read(input) }) else {
    throw .fromLibrary(.invalidKey, "no \(what) in this PEM text")
  }
  return try KeyHandle(owning: key)
}

/// What `write` puts into a memory buffer, as text.
func writePEM(_ write: (OpaquePointer) -> Int32) throws(CryptoError) -> String {
  guard let output = BIO_new(BIO_s_mem()) else {
    throw .fromLibrary(.libraryFailure, "no memory for a PEM text")
  }
  defer { BIO_free(output) }
  guard write(output) == 1 else { throw .fromLibrary(.libraryFailure, "the key could not be written as PEM") }
  var text = [UInt8](repeating: 0, count: max(0, Int(BIO_ctrl(output, BIO_CTRL_PENDING, 0, nil))))
  let count = BIO_read(output, &text, Int32(text.count))
  return String(decoding: text.prefix(max(0, Int(count))), as: UTF8.self)
}

/// For the library's passphrase callback: there is none, and nobody is asked on the terminal.
func noPassphrase(
  _ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int32, _ writing: Int32,
  _ context: UnsafeMutableRawPointer?
) -> Int32 {
  -1
}
