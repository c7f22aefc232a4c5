import Crypto
import FoundationEssentials
import Platform
import TestSupport
import Testing

/// Two sessions whose wires are held together, without a socket.
private struct Pair {
  let client: any TransportSecuritySession
  let server: any TransportSecuritySession
  var clientGot: [UInt8] = []
  var serverGot: [UInt8] = []

  init(client: TLSContext, server: TLSContext, name: String = "ci.example") throws {
    self.client = try client.makeSession(serverName: name)
    self.server = try server.makeSession(serverName: nil)
  }

  /// Carries bytes in both directions until both sides are silent; `chunkBytes` at a time.
  mutating func exchange(chunkBytes: Int = .max) throws {
    while true {
      let toServer = client.takeOutput()
      let toClient = server.takeOutput()
      if toServer.isEmpty, toClient.isEmpty { return }
      try feed(toServer, chunkBytes) { try server.receive($0) { serverGot += Array($0) } }
      try feed(toClient, chunkBytes) { try client.receive($0) { clientGot += Array($0) } }
    }
  }

  mutating func connect() throws {
    try server.start()
    try client.start()
    try exchange()
  }

  private func feed(_ bytes: [UInt8], _ chunkBytes: Int, _ take: (UnsafeRawBufferPointer) throws -> Void)
    rethrows
  {
    var rest = bytes[...]
    while !rest.isEmpty {
      try rest.prefix(chunkBytes).withUnsafeBytes(take)
      rest = rest.dropFirst(chunkBytes)
    }
  }
}

@Suite(.fewAtOnce)
struct TLSSessionTests {
  private func withContexts(
    serverProtocols: [String] = [], clientProtocols: [String] = [], trusted: SelfSignedCertificate? = nil,
    _ body: (_ client: TLSContext, _ server: TLSContext) throws -> Void
  ) async throws {
    let certificate = try TLSTestCertificates.first.get()
    try await withTemporaryDirectory { folder in
      let files = try CertificateFiles(in: folder, certificate)
      let authorities = try CertificateFiles(in: folder, name: "trusted", trusted ?? certificate)
      let server = try await TLSContext.server(
        certificateFile: files.certificate, keyFile: files.key, applicationProtocols: serverProtocols)
      let client = try await TLSContext.client(
        authoritiesFile: authorities.certificate, applicationProtocols: clientProtocols)
      try body(client, server)
    }
  }

  @Test(
    "bytes go both ways and come out as they went in", arguments: [1, 16_384, 200_000], [1_000, Int.max])
  func exchange(size: Int, chunkBytes: Int) async throws {
    try await withContexts { client, server in
      var pair = try Pair(client: client, server: server)
      try pair.connect()
      #expect(pair.client.isEstablished && pair.server.isEstablished)
      let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
      try payload.withUnsafeBytes { try pair.client.send($0) }
      try payload.reversed().withUnsafeBytes { try pair.server.send($0) }
      try pair.exchange(chunkBytes: chunkBytes)
      #expect(pair.serverGot == payload)
      #expect(pair.clientGot == payload.reversed())
    }
  }

  @Test("a handshake works byte by byte")
  func slowly() async throws {
    try await withContexts { client, server in
      var pair = try Pair(client: client, server: server)
      try pair.client.start()
      try pair.exchange(chunkBytes: 1)
      #expect(pair.client.isEstablished && pair.server.isEstablished)
    }
  }

  @Test(
    "both sides agree on the server's first choice",
    arguments: [
      (["h2"], ["h2"], "h2"), (["h2", "http/1.1"], ["http/1.1", "h2"], "h2"),
      (["h2", "http/1.1"], ["http/1.1"], "http/1.1"), (["h2"], [], nil), ([], ["h2"], nil),
    ] as [([String], [String], String?)])
  func agreement(server: [String], client: [String], agreed: String?) async throws {
    try await withContexts(serverProtocols: server, clientProtocols: client) { client, server in
      var pair = try Pair(client: client, server: server)
      try pair.connect()
      #expect(pair.client.applicationProtocol == agreed)
      #expect(pair.server.applicationProtocol == agreed)
    }
  }

  @Test("sides without a common protocol do not connect")
  func disagreement() async throws {
    try await withContexts(serverProtocols: ["h2"], clientProtocols: ["http/1.1"]) { client, server in
      var pair = try Pair(client: client, server: server)
      #expect(throws: TransportSecurityError.self) { try pair.connect() }
      #expect(!pair.server.isEstablished)
    }
  }

  @Test(
    "a certificate is for its names and addresses",
    arguments: ["ci.example", "localhost", "127.0.0.1", "::1"])
  func rightName(name: String) async throws {
    try await withContexts { client, server in
      var pair = try Pair(client: client, server: server, name: name)
      try pair.connect()
      #expect(pair.client.isEstablished)
    }
  }

  @Test(
    "a certificate for another name or address is refused",
    arguments: ["other.example", "x.ci.example", "127.0.0.2"])
  func wrongName(name: String) async throws {
    try await withContexts { client, server in
      var pair = try Pair(client: client, server: server, name: name)
      #expect(throws: TransportSecurityError.self) { try pair.connect() }
      #expect(!pair.client.isEstablished)
      // The peer is told why.
      #expect(!pair.client.takeOutput().isEmpty)
    }
  }

  @Test("a server cannot go without a name", arguments: ["", "ci.example\u{0}.other"])
  func noName(name: String) async throws {
    try await withContexts { client, _ in
      #expect(throws: CryptoError.self) { try client.makeSession(serverName: name) }
    }
  }

  @Test("a certificate that nobody trusts is refused, and the error says so")
  func untrusted() async throws {
    try await withContexts(trusted: try TLSTestCertificates.second.get()) { client, server in
      var pair = try Pair(client: client, server: server)
      let error = #expect(throws: TransportSecurityError.self) { try pair.connect() }
      #expect(error?.message.contains("certificate verify failed") == true)
    }
  }

  @Test("each direction is closed on its own")
  func halfClosed() async throws {
    try await withContexts { client, server in
      var pair = try Pair(client: client, server: server)
      try pair.connect()
      pair.client.closeOutput()
      pair.client.closeOutput()
      try pair.exchange()
      #expect(pair.server.isInputClosed)
      #expect(!pair.client.isInputClosed)
      try Array("still here".utf8).withUnsafeBytes { try pair.server.send($0) }
      try pair.exchange()
      #expect(pair.clientGot == Array("still here".utf8))
    }
  }

  @Test(
    "what is no TLS is refused",
    arguments: ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}"])
  func noTLS(text: String) async throws {
    try await withContexts { _, server in
      let session = try server.makeSession(serverName: nil)
      let garbage = Array(text.utf8) + [UInt8](repeating: 0xFF, count: 40_000)
      #expect(throws: TransportSecurityError.self) {
        try garbage.withUnsafeBytes { try session.receive($0) { _ in } }
      }
      #expect(!session.isEstablished)
    }
  }

  @Test("a record that was changed on the way is refused, and nothing of it delivered")
  func tampered() async throws {
    try await withContexts { client, server in
      var pair = try Pair(client: client, server: server)
      try pair.connect()
      try Array("attack at dawn".utf8).withUnsafeBytes { try pair.client.send($0) }
      var wire = pair.client.takeOutput()
      wire[wire.count - 1] ^= 1
      #expect(throws: TransportSecurityError.self) {
        try wire.withUnsafeBytes { try pair.server.receive($0) { _ in Issue.record("delivered") } }
      }
    }
  }

  @Test("nothing can be sent before the handshake is over")
  func early() async throws {
    try await withContexts { client, _ in
      let session = try client.makeSession(serverName: "ci.example")
      #expect(throws: TransportSecurityError.self) { try [1].withUnsafeBytes { try session.send($0) } }
    }
  }

  @Test("a context serves only the side that it was made for")
  func sides() async throws {
    try await withContexts { client, server in
      #expect(throws: CryptoError.self) { try client.makeSession(serverName: nil) }
      #expect(throws: CryptoError.self) { try server.makeSession(serverName: "ci.example") }
    }
  }
}
