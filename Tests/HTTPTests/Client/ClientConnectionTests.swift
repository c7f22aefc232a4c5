import Crypto
import FoundationEssentials
import Glibc
import HTTP
import Platform
import TestSupport
import Testing

/// How the client gets to a server: TLS, proxies.
@Suite(.fewAtOnce) struct ClientConnectionTests {
  /// A server with a certificate of its own, whose file a client can trust.
  private static func withSecuredServer(
    _ body: (_ url: String, _ certificateFile: String) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory { folder in
      let content = try SelfSignedCertificate.generate(names: ["localhost"])
      let (certificate, key) = ("\(folder)/certificate.pem", "\(folder)/key.pem")
      try Data(content.certificatePEM.utf8).write(to: URL(filePath: certificate))
      try Data(content.keyPEM.utf8).write(to: URL(filePath: key))
      var configuration = HTTPServerConfiguration()
      configuration.security = try await TLSContext.server(
        certificateFile: certificate, keyFile: key, applicationProtocols: ["http/1.1"])
      try await withServer(configuration, handler: describe) { server in
        try await body("https://localhost:\(server.port)", certificate)
      }
    }
  }

  @Test func `A server whose certificate is trusted is spoken to`() async throws {
    try await Self.withSecuredServer { url, certificate in
      var configuration = HTTPClientConfiguration()
      configuration.certificateAuthorityFile = certificate
      try await withClient(configuration) { client in
        let body = [UInt8](repeating: 0x61, count: 1 << 20)
        for _ in 0..<2 {
          let response = try await client.send(HTTPRequest("PUT", "\(url)/a", body: .bytes(body)))
          #expect(try await response.bytes().count == "PUT /a [1048576] \n".utf8.count + body.count)
        }
      }
    }
  }

  @Test func `A server whose certificate is not trusted is not`() async throws {
    try await Self.withSecuredServer { url, _ in
      try await withClient { client in
        #expect(await clientErrorCode { _ = try await client.send(HTTPRequest("GET", url)) } == .tls)
      }
    }
  }

  @Test func `A server that speaks no TLS is a TLS error`() async throws {
    try await withServer(handler: describe) { server in
      try await withClient { client in
        let url = "https://127.0.0.1:\(server.port)/"
        #expect(await clientErrorCode { _ = try await client.send(HTTPRequest("GET", url)) } == .tls)
      }
    }
  }

  /// In a process of its own, since the environment is everybody's.
  @Test func `A proxy of the environment is used, but never for loopback`() async {
    await #expect(processExitsWith: .success) {
      let proxy: HTTPServer.Handler = { request in .text("proxied \(request.target)") }
      try await withServer(handler: proxy) { server in
        setenv("http_proxy", "http://127.0.0.1:\(server.port)", 1)
        setenv("NO_PROXY", "direct.invalid", 1)
        try await withServerAndClient(handler: describe) { url, client in
          let away = try await client.send(HTTPRequest("GET", "http://away.invalid/x"))
          #expect(try await away.bytes() == Array("proxied http://away.invalid/x".utf8))
          let local = try await client.send(HTTPRequest("GET", "\(url)/x"))
          #expect(try await local.bytes() == Array("GET /x [0] \n".utf8))
          let code = await clientErrorCode {
            _ = try await client.send(HTTPRequest("GET", "http://direct.invalid/"))
          }
          #expect(code == .resolveFailed)
        }
      }
    }
  }
}
