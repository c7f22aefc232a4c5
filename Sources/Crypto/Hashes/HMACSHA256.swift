internal import COpenSSL

/// HMAC with SHA-256 (RFC 2104, test cases in RFC 4231).
package enum HMACSHA256 {
  /// The authentication code of `message`, 32 bytes.
  ///
  /// A key longer than one block (64 bytes) counts as its own hash, as the RFC says; an empty one is legal
  /// here, so whoever reads a secret from outside refuses the empty one.
  package static func authenticate(key: [UInt8], message: [UInt8]) -> [UInt8] {
    // The library counts a key's bytes in 32 bits.
    let key = key.count > 64 ? SHA256.hash(key) : key
    return [UInt8](unsafeUninitializedCapacity: SHA256.digestBytes) { buffer, count in
      var length: UInt32 = 0
      let code = HMAC(
        SHA256.algorithm, key, Int32(key.count), message, message.count, buffer.baseAddress, &length)
      precondition(code != nil, "HMAC cannot fail on memory that is there")
      count = Int(length)
    }
  }

  /// Whether `code` is the authentication code of `message`, in time that does not depend on where they differ.
  package static func isValid(_ code: [UInt8], key: [UInt8], message: [UInt8]) -> Bool {
    constantTimeEquals(code, authenticate(key: key, message: message))
  }
}
