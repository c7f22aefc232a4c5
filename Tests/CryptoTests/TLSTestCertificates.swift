import Crypto
import FoundationEssentials
import Platform

/// Certificates made for these tests, and the files that hold one of them.
enum TLSTestCertificates {
  /// Two that are alike but for their keys; made once, since a key takes its time.
  static let first = Result { try SelfSignedCertificate.generate(names: ["ci.example", "localhost"]) }
  static let second = Result { try SelfSignedCertificate.generate(names: ["ci.example", "localhost"]) }
}

/// A server's certificate and key as files in a folder.
struct CertificateFiles {
  let certificate: String
  let key: String

  init(in folder: String, name: String = "server", _ content: SelfSignedCertificate) throws {
    certificate = "\(folder)/\(name).crt"
    key = "\(folder)/\(name).key"
    try Data(content.certificatePEM.utf8).write(to: URL(filePath: certificate))
    try Data(content.keyPEM.utf8).write(to: URL(filePath: key))
  }
}
