import Crypto
import FakeGitHub
import Glibc
import HTTP
import Platform
import TestKit
import TestSupport
import Testing

/// Workers that come over TLS, with certificates that change.
@Suite(.fewAtOnce) struct TLSTests {
  /// Of different subjects: a certificate is looked for by its subject among those that are trusted.
  private static let certificates = Result {
    try [["localhost", "127.0.0.1"], ["127.0.0.1", "localhost"]].map {
      try SelfSignedCertificate.generate(names: $0)
    }
  }

  /// The deployed matriz with its certificate as files; its workers trust both of them.
  private struct SecuredDeployment {
    let deployment: Deployment
    let certificateFile: String
    let keyFile: String

    init(on stage: Stage, more sections: String = "") async throws {
      let certificates = try TLSTests.certificates.get()
      certificateFile = "\(stage.folder)/grpc.crt"
      keyFile = "\(stage.folder)/grpc.key"
      let authorities = "\(stage.folder)/trusted.crt"
      try await stage.write(certificates.map(\.certificatePEM).joined(), to: authorities)
      try await stage.writeTemplate(environment: ["MISE_CI_CA_FILE": authorities])
      deployment = try await Deployment(
        on: stage, more: sections,
        server: "  grpc_tls_cert: \(certificateFile)\n  grpc_tls_key: \(keyFile)\n")
      try await write(certificates[0], on: stage)
    }

    func write(_ content: SelfSignedCertificate, on stage: Stage) async throws {
      try await stage.write(content.certificatePEM, to: certificateFile)
      try await stage.write(content.keyPEM, to: keyFile, mode: 0o600)
    }
  }

  @Test func `A worker does its job over TLS`() async throws {
    try await withStage(workers: .program) { stage in
      let secured = try await SecuredDeployment(on: stage)
      try await secured.deployment.withMatriz { _, site in
        let pushed = try await stage.push(task: "echo over TLS")
        #expect(try await stage.end(of: pushed).state == .success)
        #expect(try await site.log(of: pushed.run).text.contains("over TLS\n"))
      }
    }
  }

  @Test func `A worker that does not trust the certificate never gets its job`() async throws {
    try await withStage(workers: .program) { stage in
      let secured = try await SecuredDeployment(on: stage, more: "limits: {dispatch_seconds: 2}\n")
      let stranger = try SelfSignedCertificate.generate(names: ["localhost", "127.0.0.1"])
      try await secured.write(stranger, on: stage)
      try await secured.deployment.withMatriz { _, site in
        let pushed = try await stage.push(task: "echo never")
        #expect(try await stage.end(of: pushed).state == .error)
        #expect(try await site.run(pushed.run)["reason"]?.string?.hasPrefix("no worker connected") == true)
        #expect(try await site.log(of: pushed.run).bytes.isEmpty)
      }
    }
  }

  @Test func `A hangup has the new certificate served, and one that is broken leaves the old one`()
    async throws
  {
    try await withStage(workers: .program) { stage in
      let secured = try await SecuredDeployment(on: stage)
      let second = try TLSTests.certificates.get()[1]
      try await secured.deployment.withMatriz { program, _ in
        try await stage.write("this is none", to: secured.certificateFile)
        program.process.signal(SIGHUP)
        try await program.waitForLog("the certificates cannot be used")
        #expect(try await stage.end(of: try await stage.push(task: "echo 1")).state == .success)

        try await secured.write(second, on: stage)
        // From now on only the new one is trusted.
        let only = "\(stage.folder)/only.crt"
        try await stage.write(second.certificatePEM, to: only)
        program.process.signal(SIGHUP)
        try await program.waitForLog("certificates read again")
        let lookup = try await runProcess(
          "openssl",
          ["s_client", "-connect", secured.deployment.grpcAddress, "-CAfile", only, "-verify_return_error"])
        #expect(lookup.outputText.contains("Verify return code: 0"), "\(lookup.errorText)")
        #expect(try await stage.end(of: try await stage.push(task: "echo 2")).state == .success)
      }
    }
  }
}
