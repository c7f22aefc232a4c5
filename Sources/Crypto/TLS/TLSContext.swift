internal import COpenSSL
package import Platform
internal import Synchronization

/// What the TLS sessions of one listener or one kind of client share: certificates, trust, protocols.
///
/// TLS 1.2 or newer, forward-secret authenticated ciphers only, no compression, no renegotiation, no resumption:
/// connections here live long, and a session that cannot be resumed needs no keys kept.
package final class TLSContext: TransportSecurity {
  private enum Role: Sendable {
    case server(certificateFile: String, keyFile: String)
    case client(authoritiesFile: String?)
  }

  private let role: Role
  private let applicationProtocols: ApplicationProtocols
  private let library: Mutex<TLSLibraryContext>

  /// The server's side. The files are PEM: the certificate followed by its chain, and its unencrypted key.
  ///
  /// - Parameter applicationProtocols: by preference (`h2`). A client that names only others is refused; one
  ///   that names none is served, and its session's `applicationProtocol` is `nil`.
  /// - Throws: `CryptoError` (`invalidCertificate`).
  package static func server(
    certificateFile: String, keyFile: String, applicationProtocols: [String] = []
  ) async throws -> TLSContext {
    try await make(.server(certificateFile: certificateFile, keyFile: keyFile), applicationProtocols)
  }

  /// The client's side, which always verifies the server's certificate and name.
  ///
  /// - Parameter authoritiesFile: PEM certificates to trust instead of the system's.
  package static func client(
    authoritiesFile: String? = nil, applicationProtocols: [String] = []
  ) async throws -> TLSContext {
    try await make(.client(authoritiesFile: authoritiesFile), applicationProtocols)
  }

  private static func make(_ role: Role, _ names: [String]) async throws -> TLSContext {
    let protocols = try ApplicationProtocols(names)
    let library = try await BlockingExecutor.files.run { try read(role, protocols) }
    return TLSContext(role, protocols, library)
  }

  private init(_ role: Role, _ applicationProtocols: ApplicationProtocols, _ library: TLSLibraryContext) {
    self.role = role
    self.applicationProtocols = applicationProtocols
    self.library = Mutex(library)
  }

  /// Reads the files again. Sessions that exist keep what they have; when the files cannot be used, so do new ones.
  package func reload() async throws {
    let fresh = try await BlockingExecutor.files.run { [role, applicationProtocols] in
      try Self.read(role, applicationProtocols)
    }
    library.withLock { $0 = fresh }
  }

  private static func read(_ role: Role, _ protocols: ApplicationProtocols) throws(CryptoError)
    -> TLSLibraryContext
  {
    switch role {
    case .server(let certificateFile, let keyFile):
      try TLSLibraryContext(serverCertificateFile: certificateFile, keyFile: keyFile, protocols: protocols)
    case .client(let authoritiesFile):
      try TLSLibraryContext(authoritiesFile: authoritiesFile, protocols: protocols)
    }
  }

  package func makeSession(serverName: String?) throws -> any TransportSecuritySession {
    let library = library.withLock { $0 }
    switch (role, serverName) {
    case (.server, nil): return try TLSSession(acceptingWith: library)
    case (.client, let serverName?): return try TLSSession(connectingTo: serverName, with: library)
    case (.server, _?):
      throw CryptoError(.libraryFailure, "a server's TLS context cannot make a client's session")
    case (.client, nil): throw CryptoError(.libraryFailure, "a client's TLS session needs the server's name")
    }
  }
}
