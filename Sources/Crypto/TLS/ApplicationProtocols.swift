/// The protocols that one side speaks over TLS, by preference, as ALPN carries them (RFC 7301 section 3.1):
/// each name after its length.
struct ApplicationProtocols: Sendable {
  let wireFormat: [UInt8]

  init(_ names: [String]) throws(CryptoError) {
    var wireFormat: [UInt8] = []
    for name in names {
      guard let length = UInt8(exactly: name.utf8.count), length > 0 else {
        throw CryptoError(.libraryFailure, "'\(name)' is not the name of an application protocol")
      }
      wireFormat.append(length)
      wireFormat += Array(name.utf8)
    }
    self.wireFormat = wireFormat
  }

  var isEmpty: Bool { wireFormat.isEmpty }
}
