internal import COpenSSL

/// A certificate that vouches for itself, with its key: for tests and demonstrations of TLS.
package struct SelfSignedCertificate: Sendable {
  package let certificatePEM: String
  package let keyPEM: String

  /// A certificate for the given names and addresses, valid from an hour ago for a number of days from now.
  package static func generate(
    names: [String] = ["localhost"], addresses: [String] = ["127.0.0.1", "::1"], days: Int = 30
  ) throws(CryptoError) -> SelfSignedCertificate {
    let key = try RSAPrivateKey.generate()
    guard let certificate = X509_new() else {
      throw .fromLibrary(.libraryFailure, "no memory for a certificate")
    }
    defer { X509_free(certificate) }
    let alternatives = names.map { "DNS:\($0)" } + addresses.map { "IP:\($0)" }
    guard setNames(certificate, commonName: names.first ?? "mise-ci"), setTimes(certificate, days: days),
      X509_set_pubkey(certificate, key.handle.pointer) == 1,
      // An authority, so that it can stand as its own root.
      add(NID_basic_constraints, "critical,CA:TRUE", to: certificate),
      add(NID_subject_alt_name, alternatives.joined(separator: ","), to: certificate),
      X509_sign(certificate, key.handle.pointer, SHA256.algorithm) > 0
    else { throw .fromLibrary(.libraryFailure, "cannot make a certificate") }
    return SelfSignedCertificate(
      certificatePEM: try writePEM { PEM_write_bio_X509($0, certificate) }, keyPEM: try key.pem)
  }

  /// Version 3 (written as 2), a random serial number, and one name for subject and issuer.
  private static func setNames(_ certificate: OpaquePointer, commonName: String) -> Bool {
    guard X509_set_version(certificate, 2) == 1, let subject = X509_get_subject_name(certificate) else {
      return false
    }
    let serial = RandomBytes.generate(4).reduce(1) { $0 << 8 | Int($1) }
    return ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial) == 1
      && X509_NAME_add_entry_by_txt(subject, "CN", Int32(MBSTRING_UTF8), commonName, -1, -1, 0) == 1
      && X509_set_issuer_name(certificate, subject) == 1
  }

  private static func setTimes(_ certificate: OpaquePointer, days: Int) -> Bool {
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3_600) != nil
      && X509_gmtime_adj(X509_getm_notAfter(certificate), days * 86_400) != nil
  }

  private static func add(_ kind: Int32, _ value: String, to certificate: OpaquePointer) -> Bool {
    guard let field = X509V3_EXT_conf_nid(nil, nil, kind, value) else { return false }
    defer { X509_EXTENSION_free(field) }
    return X509_add_ext(certificate, field, -1) == 1
  }
}
