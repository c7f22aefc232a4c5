internal import COpenSSL

/// Bytes that nobody can guess.
package enum RandomBytes {
  /// `count` bytes from OpenSSL's generator, which the kernel seeds.
  package static func generate(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      // Going on with bytes that can be guessed would be worse than not going on.
      precondition(RAND_bytes_ex(nil, buffer.baseAddress, count, 0) == 1, "the system has no randomness")
      filled = count
    }
  }

  /// `count` random bytes as lower-case hexadecimal digits, two for each.
  package static func hexadecimal(_ count: Int) -> String {
    Hexadecimal.encode(generate(count))
  }
}
