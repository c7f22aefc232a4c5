internal import COpenSSL

/// An RSA key that verifies RSASSA-PKCS1-v1_5 signatures with SHA-256 (RFC 8017 section 8.2).
package struct RSAPublicKey: Sendable {
  let handle: KeyHandle

  /// Reads a PEM `PUBLIC KEY` (SubjectPublicKeyInfo).
  package init(pem: String) throws(CryptoError) {
    handle = try readKey(pem, "RSA public key") { PEM_read_bio_PUBKEY($0, nil, noPassphrase, nil) }
  }

  init(handle: KeyHandle) {
    self.handle = handle
  }

  /// The key as PEM `PUBLIC KEY`.
  package var pem: String {
    get throws(CryptoError) {
      try writePEM { PEM_write_bio_PUBKEY($0, handle.pointer) }
    }
  }

  /// Whether `signature` is this key's signature of `message`. Anything may be asked; a bad one is just not valid.
  package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
    guard let context = EVP_MD_CTX_new() else { return false }
    defer {
      EVP_MD_CTX_free(context)
      _ = takeLibraryErrors()
    }
    guard EVP_DigestVerifyInit(context, nil, SHA256.algorithm, nil, handle.pointer) == 1 else { return false }
    return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
  }
}
