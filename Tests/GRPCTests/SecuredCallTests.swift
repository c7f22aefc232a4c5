import Crypto
import FoundationEssentials
import GRPC
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce) struct SecuredCallTests {
  static let certificate = Result { try SelfSignedCertificate.generate() }

  /// Runs `body` with a secured server; the client trusts it.
  func withSecuredServer(
    serverProtocols: [String] = ["h2"], clientProtocols: [String] = ["h2"],
    _ body: @Sendable (GRPCServer, GRPCClientConfiguration) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory(prefix: "grpc-tls") { folder in
      let pem = try Self.certificate.get()
      let certificateFile = "\(folder)/server.crt"
      let keyFile = "\(folder)/server.key"
      try Data(pem.certificatePEM.utf8).write(to: URL(filePath: certificateFile))
      try Data(pem.keyPEM.utf8).write(to: URL(filePath: keyFile))
      var configuration = GRPCServerConfiguration()
      configuration.security = try await TLSContext.server(
        certificateFile: certificateFile, keyFile: keyFile, applicationProtocols: serverProtocols)
      let trust = try await TLSContext.client(
        authoritiesFile: certificateFile, applicationProtocols: clientProtocols)
      let server = try await GRPCServer.start(configuration, methods: TestService.methods)
      do {
        try await body(server, GRPCClientConfiguration(security: trust))
      } catch {
        await server.shutdown(graceSeconds: 0)
        throw error
      }
      await server.shutdown(graceSeconds: 5)
    }
  }

  @Test func `Messages of every size go over TLS`() async throws {
    try await withSecuredServer { server, configuration in
      let client = try await GRPCClient.connect(
        to: Endpoint(host: "localhost", port: server.port), configuration)
      let sent = [[], [1], pattern(5_000), pattern(3_000_000)]
      let call = try await client.openStream(path: "/test.Service/Echo")
      try await call.send(sent)
      call.finish()
      #expect(try await call.collect() == sent)
      await client.close()
    }
  }

  @Test func `A client that does not name h2 gets no call`() async throws {
    try await withSecuredServer(serverProtocols: ["h2", "http/1.1"], clientProtocols: ["http/1.1"]) {
      server, configuration in
      let failure = await #expect(throws: GRPCStatus.self) {
        try await GRPCClient.connect(to: Endpoint(host: "localhost", port: server.port), configuration)
      }
      #expect(failure?.code == .unavailable)
    }
  }

  @Test func `A client in the clear gets no call from a secured server`() async throws {
    try await withSecuredServer { server, _ in
      let failure = await #expect(throws: GRPCStatus.self) {
        try await GRPCClient.connect(to: Endpoint(host: "localhost", port: server.port))
      }
      #expect(failure?.code == .unavailable)
    }
  }
}
