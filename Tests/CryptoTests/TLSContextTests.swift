import Crypto
import FoundationEssentials
import Platform
import TestSupport
import Testing

@Suite(.fewAtOnce)
struct TLSContextTests {
  @Test("files that are missing, swapped or of two certificates are refused by name")
  func badFiles() async throws {
    try await withTemporaryDirectory { folder in
      let first = try CertificateFiles(in: folder, name: "first", TLSTestCertificates.first.get())
      let second = try CertificateFiles(in: folder, name: "second", TLSTestCertificates.second.get())
      for (certificate, key, named) in [
        ("\(folder)/none", first.key, "\(folder)/none"),
        (first.certificate, "\(folder)/none", "\(folder)/none"),
        (first.key, first.key, first.key), (first.certificate, second.key, second.key),
      ] {
        let error = await #expect(throws: CryptoError.self) {
          try await TLSContext.server(certificateFile: certificate, keyFile: key)
        }
        #expect(error?.code == .invalidCertificate)
        #expect(error?.message.contains(named) == true)
      }
      await #expect(throws: CryptoError.self) { try await TLSContext.client(authoritiesFile: first.key) }
    }
  }

  @Test("a protocol's name has 1 to 255 bytes", arguments: ["", String(repeating: "x", count: 256)])
  func badProtocol(name: String) async throws {
    await #expect(throws: CryptoError.self) { try await TLSContext.client(applicationProtocols: [name]) }
  }

  @Test("after a reload new connections get the new certificate, and a bad one changes nothing")
  func reload() async throws {
    try await withTemporaryDirectory { folder in
      let files = try CertificateFiles(in: folder, TLSTestCertificates.first.get())
      let trusted = try CertificateFiles(in: folder, name: "second", TLSTestCertificates.second.get())
      let server = try await TLSContext.server(certificateFile: files.certificate, keyFile: files.key)
      let client = try await TLSContext.client(authoritiesFile: trusted.certificate)
      try await withEchoServer(server) { port in
        await #expect(throws: TransportSecurityError.self) { try await echo([1], port, client) }

        _ = try CertificateFiles(in: folder, TLSTestCertificates.second.get())
        try await server.reload()
        #expect(try await echo([1], port, client) == [1])

        try Data("nothing".utf8).write(to: URL(filePath: files.certificate))
        await #expect(throws: CryptoError.self) { try await server.reload() }
        #expect(try await echo([2], port, client) == [2])
      }
    }
  }

  @Test("bytes go through a secured connection over loopback", arguments: [1, 70_000, 3_000_000])
  func loopback(size: Int) async throws {
    try await withTemporaryDirectory { folder in
      let files = try CertificateFiles(in: folder, TLSTestCertificates.first.get())
      let server = try await TLSContext.server(
        certificateFile: files.certificate, keyFile: files.key, applicationProtocols: ["h2"])
      let client = try await TLSContext.client(
        authoritiesFile: files.certificate, applicationProtocols: ["h2"])
      let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      try await withEchoServer(server) { port in
        let answer = try await echo(payload, port, client)
        #expect(answer == payload)
      }
    }
  }
}
