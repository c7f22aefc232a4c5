internal import COpenSSL

/// SHA-256 (FIPS 180-4), fed piece by piece, on OpenSSL's implementation (which uses the processor's SHA instructions).
package struct SHA256: ~Copyable, @unchecked Sendable {
  /// Bytes in a digest.
  package static let digestBytes = 32

  // Looked up once: an implicit fetch for every digest takes a lock and a search through the providers.
  nonisolated(unsafe) static let algorithm: OpaquePointer = {
    guard let fetched = EVP_MD_fetch(nil, "SHA2-256", nil) else {
      preconditionFailure("this OpenSSL has no SHA-256")
    }
    return fetched
  }()

  // Owned; `~Copyable` makes every use exclusive, which is all that the library asks for.
  private let context: OpaquePointer

  package init() {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    self.context = context
    start(context)
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
    let status = EVP_DigestUpdate(context, base, bytes.count)
    precondition(status == 1, "SHA-256 cannot fail on memory that is there")
  }

  package mutating func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  package mutating func update(_ bytes: ArraySlice<UInt8>) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The digest of all bytes given so far, 32 bytes; afterwards the value is as new and can be used again.
  package mutating func finalize() -> [UInt8] {
    let digest = [UInt8](unsafeUninitializedCapacity: Self.digestBytes) { buffer, count in
      var length: UInt32 = 0
      let status = EVP_DigestFinal_ex(context, buffer.baseAddress, &length)
      precondition(status == 1, "SHA-256 cannot fail on memory that is there")
      count = Int(length)
    }
    start(context)
    return digest
  }

  /// The digest of `bytes`.
  package static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finalize()
  }

  /// The digest of `bytes` as 64 lower-case hexadecimal digits.
  package static func hexadecimal(of bytes: [UInt8]) -> String {
    Hexadecimal.encode(hash(bytes))
  }
}

private func start(_ context: OpaquePointer) {
  let status = EVP_DigestInit_ex2(context, SHA256.algorithm, nil)
  precondition(status == 1, "SHA-256 cannot fail on memory that is there")
}
