internal import COpenSSL
internal import Glibc
internal import Platform

/// One TLS connection without a socket. Confined to its connection's loop.
///
/// States: handshake -> established -> failed. Closing happens for each direction on its own: input is closed by
/// the peer's close_notify, output by ours.
final class TLSSession: TransportSecuritySession {
  /// Bytes of the application that are delivered at once; a record has at most 16 KiB.
  private static let deliveryBytes = 64 * 1_024

  // Holding the context keeps what its callbacks point to.
  private let context: TLSLibraryContext
  private let wire = TLSWire()
  private let session: OpaquePointer
  private var hasFailed = false
  private var isOutputClosed = false
  private(set) var isInputClosed = false

  init(acceptingWith context: TLSLibraryContext) throws(CryptoError) {
    self.context = context
    session = try Self.makeSession(context, wire)
    SSL_set_accept_state(session)
  }

  init(connectingTo serverName: String, with context: TLSLibraryContext) throws(CryptoError) {
    self.context = context
    session = try Self.makeSession(context, wire)
    SSL_set_connect_state(session)
    try setServerName(serverName)
  }

  deinit {
    SSL_free(session)
  }

  private static func makeSession(_ context: TLSLibraryContext, _ wire: TLSWire) throws(CryptoError)
    -> OpaquePointer
  {
    guard let session = SSL_new(context.pointer) else {
      throw .fromLibrary(.libraryFailure, "cannot make a TLS session")
    }
    guard let bio = wire.makeBIO() else {
      SSL_free(session)
      throw .fromLibrary(.libraryFailure, "cannot make a TLS session")
    }
    // The session takes over the one reference, for both directions.
    SSL_set_bio(session, bio, bio)
    return session
  }

  /// The name, or address, that the server's certificate must be for (RFC 9110 section 4.3.4).
  private func setServerName(_ name: String) throws(CryptoError) {
    // The library takes an empty name for "any".
    guard !name.isEmpty, !name.utf8.contains(0) else {
      throw CryptoError(.invalidCertificate, "'\(name)' is not the name of a server")
    }
    SSL_set_hostflags(session, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
    guard SSL_set1_host(session, name) == 1 else {
      throw .fromLibrary(.libraryFailure, "cannot verify the name '\(name)'")
    }
    // Addresses are not sent as a server name (RFC 6066 section 3).
    guard !Self.isAddress(name) else { return }
    let result = name.withCString {
      SSL_ctrl(
        session, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name),
        UnsafeMutableRawPointer(mutating: $0))
    }
    guard result == 1 else { throw .fromLibrary(.libraryFailure, "cannot ask for the server '\(name)'") }
  }

  private static func isAddress(_ name: String) -> Bool {
    var storage = in6_addr()
    return inet_pton(AF_INET, name, &storage) == 1 || inet_pton(AF_INET6, name, &storage) == 1
  }

  // MARK: TransportSecuritySession

  var isEstablished: Bool { !hasFailed && SSL_is_init_finished(session) == 1 }

  var applicationProtocol: String? {
    var name: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    SSL_get0_alpn_selected(session, &name, &length)
    guard let name, length > 0 else { return nil }
    return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
  }

  func start() throws {
    try shakeHands()
  }

  func receive(_ wireBytes: UnsafeRawBufferPointer, deliver: (UnsafeRawBufferPointer) -> Void) throws {
    guard !hasFailed, !isInputClosed else { return }
    try wire.receiving(wireBytes) { () throws(TransportSecurityError) in
      try shakeHands()
      if isEstablished { try readRecords(deliver) }
    }
  }

  func send(_ bytes: UnsafeRawBufferPointer) throws {
    guard isEstablished else {
      throw TransportSecurityError(message: "nothing can be sent before the TLS handshake is over")
    }
    guard !isOutputClosed, !bytes.isEmpty else { return }
    ERR_clear_error()
    wire.reserveOutput(bytes.count)
    var written = 0
    // The wire takes everything and there is no renegotiation: this never has to be repeated.
    let result = SSL_write_ex(session, bytes.baseAddress, bytes.count, &written)
    guard result == 1 else { throw failure(SSL_get_error(session, result), "write") }
  }

  func closeOutput() {
    guard isEstablished, !isOutputClosed else { return }
    isOutputClosed = true
    ERR_clear_error()
    // 0: sent, the peer's own is still to come; 1: both. There is nobody to tell of an error.
    _ = SSL_shutdown(session)
    ERR_clear_error()
  }

  func takeOutput() -> [UInt8] {
    wire.takeOutput()
  }

  // MARK: The library

  private func shakeHands() throws(TransportSecurityError) {
    guard SSL_is_init_finished(session) == 0 else { return }
    ERR_clear_error()
    let result = SSL_do_handshake(session)
    guard result != 1 else { return }
    let code = SSL_get_error(session, result)
    if code != SSL_ERROR_WANT_READ { throw failure(code, "handshake") }
  }

  /// Reads until the bytes that came are used up, and delivers as many at once as fit.
  private func readRecords(_ deliver: (UnsafeRawBufferPointer) -> Void) throws(TransportSecurityError) {
    let outcome = withUnsafeTemporaryAllocation(byteCount: Self.deliveryBytes, alignment: 16) { buffer in
      var filled = 0
      while true {
        var count = 0
        ERR_clear_error()
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        let result = SSL_read_ex(session, room.baseAddress, room.count, &count)
        filled += count
        if result != 1 || filled == buffer.count {
          if filled > 0 { deliver(UnsafeRawBufferPointer(rebasing: buffer[..<filled])) }
          filled = 0
        }
        if result != 1 { return SSL_get_error(session, result) }
      }
    }
    switch outcome {
    case SSL_ERROR_WANT_READ: return
    case SSL_ERROR_ZERO_RETURN: isInputClosed = true
    default: throw failure(outcome, "read")
    }
  }

  /// The session cannot be used any more; what is in the output may hold an alert that says so to the peer.
  private func failure(_ code: Int32, _ attempt: String) -> TransportSecurityError {
    hasFailed = true
    var reason = takeLibraryErrors() ?? "error \(code)"
    let verification = SSL_get_verify_result(session)
    if verification != Int(X509_V_OK), let text = X509_verify_cert_error_string(verification) {
      reason += " (\(String(cString: text)))"
    }
    return TransportSecurityError(message: "TLS \(attempt): \(reason)")
  }
}
