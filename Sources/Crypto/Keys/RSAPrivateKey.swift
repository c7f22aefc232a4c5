internal import COpenSSL

/// An RSA key that signs with RSASSA-PKCS1-v1_5 and SHA-256 (RFC 8017 section 8.2), which is what RS256 is.
package struct RSAPrivateKey: Sendable {
  let handle: KeyHandle

  /// Reads an unencrypted PEM of either kind: `RSA PRIVATE KEY` (PKCS#1) or `PRIVATE KEY` (PKCS#8).
  package init(pem: String) throws(CryptoError) {
    handle = try readKey(pem, "RSA private key") { PEM_read_bio_PrivateKey($0, nil, noPassphrase, nil) }
  }

  private init(handle: KeyHandle) {
    self.handle = handle
  }

  /// A new key, for tests and demonstrations. Takes some 50 ms.
  package static func generate(bits: Int32 = 2048) throws(CryptoError) -> RSAPrivateKey {
    var key: OpaquePointer?
    guard let context = EVP_PKEY_CTX_new_from_name(nil, "RSA", nil) else {
      throw .fromLibrary(.libraryFailure, "this OpenSSL makes no RSA keys")
    }
    defer { EVP_PKEY_CTX_free(context) }
    guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits) == 1,
      EVP_PKEY_generate(context, &key) == 1, let key
    else { throw .fromLibrary(.libraryFailure, "no RSA key of \(bits) bits could be made") }
    return RSAPrivateKey(handle: try KeyHandle(owning: key))
  }

  /// The key as unencrypted PKCS#8 PEM.
  package var pem: String {
    get throws(CryptoError) {
      try writePEM { PEM_write_bio_PKCS8PrivateKey($0, handle.pointer, nil, nil, 0, nil, nil) }
    }
  }

  /// The key as unencrypted PKCS#1 PEM, the form in which GitHub hands out an app's key.
  package var pkcs1PEM: String {
    get throws(CryptoError) {
      try writePEM { PEM_write_bio_PrivateKey_traditional($0, handle.pointer, nil, nil, 0, nil, nil) }
    }
  }

  /// The half of the key that verifies.
  package var publicKey: RSAPublicKey {
    RSAPublicKey(handle: handle)
  }

  /// The signature of `message`, as long as the key's modulus.
  package func sign(_ message: [UInt8]) throws(CryptoError) -> [UInt8] {
    guard let context = EVP_MD_CTX_new() else { throw .fromLibrary(.libraryFailure, "no memory to sign") }
    defer { EVP_MD_CTX_free(context) }
    var length = Int(EVP_PKEY_get_size(handle.pointer))
    var signature = [UInt8](repeating: 0, count: length)
    guard EVP_DigestSignInit(context, nil, SHA256.algorithm, nil, handle.pointer) == 1,
      EVP_DigestSign(context, &signature, &length, message, message.count) == 1
    else { throw .fromLibrary(.libraryFailure, "the key could not sign") }
    return Array(signature.prefix(length))
  }
}
