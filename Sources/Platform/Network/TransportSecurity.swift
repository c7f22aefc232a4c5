/// Makes the secured half of connections (TLS); the sockets know no more of it than this.
package protocol TransportSecurity: Sendable {
  /// A session for one connection: as the server when `serverName` is `nil`, else as the client of that server.
  func makeSession(serverName: String?) throws -> any TransportSecuritySession
}

/// One secured connection, without a socket: bytes go in, bytes come out. Confined to its loop.
package protocol TransportSecuritySession: AnyObject {
  /// The handshake is over; application data may be sent.
  var isEstablished: Bool { get }
  /// What both sides agreed on by ALPN.
  var applicationProtocol: String? { get }
  /// The peer has said that it will send no more.
  var isInputClosed: Bool { get }

  /// Begins the handshake (a client's first flight is in `takeOutput` after it).
  func start() throws
  /// Takes what came over the wire and gives the application's bytes in it to `deliver`.
  func receive(_ wireBytes: UnsafeRawBufferPointer, deliver: (UnsafeRawBufferPointer) -> Void) throws
  /// Takes the application's bytes; they are on the wire once `takeOutput` was sent.
  func send(_ bytes: UnsafeRawBufferPointer) throws
  /// Says goodbye (close_notify); nothing is sent after it.
  func closeOutput()
  /// What is to be written to the wire now; empty for nothing.
  func takeOutput() -> [UInt8]
}

/// The peer broke the rules of the secured transport, or is not who it should be.
package struct TransportSecurityError: Error, Sendable, CustomStringConvertible {
  package let message: String

  package init(message: String) {
    self.message = message
  }

  package var description: String { message }
}
