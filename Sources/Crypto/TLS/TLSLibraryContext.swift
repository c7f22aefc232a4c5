internal import COpenSSL

/// Owns one `SSL_CTX`. It is not changed after `init`, so sessions on any thread may be made from it.
final class TLSLibraryContext: @unchecked Sendable {
  let pointer: OpaquePointer
  /// What the server's ALPN callback reads; at a fixed address for as long as the context lives.
  private let protocols: UnsafeMutableBufferPointer<UInt8>

  /// Suites of TLS 1.2 that HTTP/2 allows (RFC 9113 appendix A); those of TLS 1.3 are all good.
  private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
  // The library's macros for these bits do not import: SSL_OP_NO_TICKET, _NO_COMPRESSION, _NO_RENEGOTIATION.
  private static let options: UInt64 = 1 << 14 | 1 << 17 | 1 << 30

  convenience init(
    serverCertificateFile: String, keyFile: String, protocols: ApplicationProtocols
  ) throws(CryptoError) {
    try self.init(method: TLS_server_method(), protocols)
    guard SSL_CTX_use_certificate_chain_file(pointer, serverCertificateFile) == 1 else {
      throw .fromLibrary(.invalidCertificate, "cannot use the certificate in '\(serverCertificateFile)'")
    }
    guard SSL_CTX_use_PrivateKey_file(pointer, keyFile, SSL_FILETYPE_PEM) == 1 else {
      throw .fromLibrary(.invalidCertificate, "cannot use the key in '\(keyFile)'")
    }
    guard SSL_CTX_check_private_key(pointer) == 1 else {
      throw .fromLibrary(.invalidCertificate, "'\(keyFile)' is not the key of '\(serverCertificateFile)'")
    }
    if !protocols.isEmpty {
      SSL_CTX_set_alpn_select_cb(
        pointer, selectApplicationProtocol, Unmanaged.passUnretained(self).toOpaque())
    }
  }

  /// - Parameter authoritiesFile: the certificates to trust; `nil` for the system's.
  convenience init(authoritiesFile: String?, protocols: ApplicationProtocols) throws(CryptoError) {
    try self.init(method: TLS_client_method(), protocols)
    SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
    if let authoritiesFile {
      guard SSL_CTX_load_verify_file(pointer, authoritiesFile) == 1 else {
        throw .fromLibrary(.invalidCertificate, "cannot use the certificates in '\(authoritiesFile)'")
      }
    } else if SSL_CTX_set_default_verify_paths(pointer) != 1 {
      throw .fromLibrary(.invalidCertificate, "cannot use the system's certificates")
    }
    // Answers 0 for success, unlike its neighbours.
    if !protocols.isEmpty,
      SSL_CTX_set_alpn_protos(pointer, protocols.wireFormat, UInt32(protocols.wireFormat.count)) != 0
    {
      throw .fromLibrary(.libraryFailure, "cannot offer application protocols")
    }
  }

  private init(method: OpaquePointer?, _ protocols: ApplicationProtocols) throws(CryptoError) {
    guard let pointer = SSL_CTX_new(method) else {
      throw .fromLibrary(.libraryFailure, "cannot make a TLS context")
    }
    self.pointer = pointer
    self.protocols = .allocate(capacity: protocols.wireFormat.count)
    _ = self.protocols.initialize(from: protocols.wireFormat)
    // From here on `deinit` frees both when this throws.
    SSL_CTX_set_options(pointer, Self.options)
    SSL_CTX_set_num_tickets(pointer, 0)
    SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
    // An idle connection holds no record buffers (some 34 KiB).
    SSL_CTX_ctrl(pointer, SSL_CTRL_MODE, Int(SSL_MODE_RELEASE_BUFFERS), nil)
    SSL_CTX_set_default_passwd_cb(pointer, noPassphrase)
    guard SSL_CTX_ctrl(pointer, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil) == 1,
      SSL_CTX_set_cipher_list(pointer, Self.ciphers) == 1
    else { throw .fromLibrary(.libraryFailure, "cannot ask for TLS 1.2") }
  }

  deinit {
    SSL_CTX_free(pointer)
    protocols.deallocate()
  }

  /// The first of our protocols that is among the client's.
  fileprivate func select(
    _ offered: UnsafePointer<UInt8>?, _ offeredBytes: UInt32,
    _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>, _ selectedBytes: UnsafeMutablePointer<UInt8>
  ) -> Int32 {
    var name: UnsafeMutablePointer<UInt8>?
    let outcome = SSL_select_next_proto(
      &name, selectedBytes, protocols.baseAddress, UInt32(protocols.count), offered, offeredBytes)
    guard outcome == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    selected.pointee = UnsafePointer(name)
    return SSL_TLSEXT_ERR_OK
  }
}

/// The context outlives every handshake that calls this: each session holds its context.
private func selectApplicationProtocol(
  _ session: OpaquePointer?, _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
  _ selectedBytes: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?, _ offeredBytes: UInt32,
  _ context: UnsafeMutableRawPointer?
) -> Int32 {
  guard let context, let selected, let selectedBytes else { return SSL_TLSEXT_ERR_ALERT_FATAL }
  return Unmanaged<TLSLibraryContext>.fromOpaque(context).takeUnretainedValue()
    .select(offered, offeredBytes, selected, selectedBytes)
}
