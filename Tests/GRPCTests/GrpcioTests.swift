import Crypto
import FoundationEssentials
import GRPC
import Platform
import TestKit
import TestSupport
import Testing

/// Both directions against the reference implementation. `MISE_CI_PYTHON` names a Python that has the package
/// `grpcio`; without it these tests are skipped.
@Suite(
  .fewAtOnce,
  .enabled(
    if: ProcessEnvironment["MISE_CI_PYTHON"] != nil,
    "set MISE_CI_PYTHON to a Python that has the package grpcio"))
struct GrpcioTests {
  let python = ProcessEnvironment["MISE_CI_PYTHON"] ?? ""

  struct Certificate {
    let certificateFile: String
    let keyFile: String

    init(in folder: String) throws {
      let pem = try SelfSignedCertificate.generate()
      certificateFile = "\(folder)/server.crt"
      keyFile = "\(folder)/server.key"
      try Data(pem.certificatePEM.utf8).write(to: URL(filePath: certificateFile))
      try Data(pem.keyPEM.utf8).write(to: URL(filePath: keyFile))
    }
  }

  func runClient(_ arguments: [String]) async throws {
    let result = try await runProcess(python, ["-c", GrpcioScripts.client] + arguments)
    #expect(result.outputText == "passed", "\(result.errorText.suffix(1_000))")
  }

  @Test func `Its client is served`() async throws {
    let server = try await GRPCServer.start(GRPCServerConfiguration(), methods: TestService.methods)
    try await runClient([String(server.port)])
    await server.shutdown(graceSeconds: 5)
  }

  @Test func `Its client is served over TLS`() async throws {
    try await withTemporaryDirectory(prefix: "grpcio") { folder in
      let certificate = try Certificate(in: folder)
      var configuration = GRPCServerConfiguration()
      configuration.security = try await TLSContext.server(
        certificateFile: certificate.certificateFile, keyFile: certificate.keyFile,
        applicationProtocols: ["h2"])
      let server = try await GRPCServer.start(configuration, methods: TestService.methods)
      try await runClient([String(server.port), certificate.certificateFile])
      await server.shutdown(graceSeconds: 5)
    }
  }

  func withTheirServer(
    _ arguments: [String] = [], _ body: (_ port: Int) async throws -> Void
  ) async throws {
    let process = try ChildProcess.spawn(
      ProcessOptions(
        executable: python, arguments: ["-c", GrpcioScripts.server] + arguments,
        environment: try OrphanWatch.inheritedEnvironment, input: .pipe, output: .pipe, error: .inherited))
    let line = try await process.output?.read(upTo: 100) ?? []
    let port = Int(String(decoding: line, as: UTF8.self).filter(\.isNumber)) ?? 0
    do {
      try await body(port)
    } catch {
      process.signal(9)
      _ = await process.wait()
      throw error
    }
    await process.input?.close()
    _ = await process.wait()
  }

  @Test func `Its server is called`() async throws {
    try await withTheirServer { port in
      let client = try await GRPCClient.connect(to: Endpoint(host: "127.0.0.1", port: port))
      try await check(client)
      await client.close()
    }
  }

  @Test func `Its server is called over TLS`() async throws {
    try await withTemporaryDirectory(prefix: "grpcio") { folder in
      let certificate = try Certificate(in: folder)
      try await withTheirServer([certificate.certificateFile, certificate.keyFile]) { port in
        let trust = try await TLSContext.client(
          authoritiesFile: certificate.certificateFile, applicationProtocols: ["h2"])
        let client = try await GRPCClient.connect(
          to: Endpoint(host: "localhost", port: port), GRPCClientConfiguration(security: trust))
        try await check(client)
        await client.close()
      }
    }
  }

  func check(_ client: GRPCClient) async throws {
    let echo = try await client.openStream(path: "/test.Service/Echo", timeoutSeconds: 30)
    let sent = [[], [1], pattern(10_000), pattern(5_000_000), pattern(3)]
    try await echo.send(sent)
    echo.finish()
    #expect(try await echo.collect() == sent)

    let pour = try await client.openStream(path: "/test.Service/Pour", timeoutSeconds: 30)
    pour.finish()
    #expect(try await pour.collect().count == 100)

    let metadata = try await client.openStream(path: "/test.Service/Metadata", metadata: ["x-one": "1"])
    #expect(try await metadata.initialMetadata()["x-one"] == "1")
    let status = await metadata.status()
    #expect(status.code == .dataLoss)
    #expect(status.message == "ä% \n")
    #expect(status.metadata.bytes("blob-bin") == [0, 255, 10])

    let nothing = try await client.openStream(path: "/test.Service/Nothing")
    #expect(await nothing.status().code == .unimplemented)
    let hang = try await client.openStream(path: "/test.Service/Hang", timeoutSeconds: 0.2)
    #expect(await hang.status().code == .deadlineExceeded)
  }
}
