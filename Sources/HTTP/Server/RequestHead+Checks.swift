import CHTTPParser

extension RequestHead {
  /// Checks what the library does not: version, target, `Host`, `Transfer-Encoding` (RFC 9112, sections 2.3, 3.2 and 6.1).
  init(_ partial: PartialRequestHead, _ parser: http_parser) throws(RequestFailure) {
    guard parser.http_major == 1, parser.http_minor <= 1 else {
      throw RequestFailure(505, "only versions 1.0 and 1.1 are spoken here")
    }
    minorVersion = Int(parser.http_minor)
    method = String(cString: http_method_str(http_method(UInt32(parser.method))))
    target = String(decoding: partial.target, as: UTF8.self)
    guard method != "CONNECT" else { throw RequestFailure(501, "this server is no proxy") }
    headers = HTTPHeaders(partial.fields.map { (Self.text($0.name[...]), Self.text(Self.trimmed($0.value))) })
    keepsAlive =
      !headers.listContains("Connection", "close")
      && (minorVersion == 1 || headers.listContains("Connection", "keep-alive"))
    bodyLength = try Self.bodyLength(headers, minorVersion, parser)
    expectation = Self.expectation(headers, minorVersion)
    try checkHost()
  }

  private static func bodyLength(
    _ headers: HTTPHeaders, _ minorVersion: Int, _ parser: http_parser
  ) throws(RequestFailure) -> BodyLength {
    let encodings = headers.values(of: "Transfer-Encoding")
    guard let encoding = encodings.first else {
      guard parser.flags & UInt32(F_CONTENTLENGTH.rawValue) != 0 else { return .counted(0) }
      guard let length = Int64(exactly: parser.content_length) else {
        throw RequestFailure(413, "the request's body is too large")
      }
      return .counted(length)
    }
    guard minorVersion == 1 else {
      throw RequestFailure(400, "HTTP/1.0 has no Transfer-Encoding")
    }
    guard encodings.count == 1, HTTPHeaders.equal(encoding, "chunked") else {
      throw RequestFailure(501, "no Transfer-Encoding but 'chunked' is understood")
    }
    return .chunked
  }

  private static func expectation(_ headers: HTTPHeaders, _ minorVersion: Int) -> Expectation {
    // HTTP/1.0 knows no Expect, and RFC 9110, section 10.1.1, has it ignored there.
    guard minorVersion == 1, let value = headers["Expect"] else { return .none }
    return HTTPHeaders.equal(value, "100-continue") ? .continuation : .unknown
  }

  private func checkHost() throws(RequestFailure) {
    let hosts = headers.values(of: "Host")
    if hosts.isEmpty, minorVersion == 0 { return }
    guard hosts.count == 1 else {
      throw RequestFailure(
        400, hosts.isEmpty ? "the Host header is missing" : "there are several Host headers")
    }
    guard !hosts[0].isEmpty, hosts[0].utf8.allSatisfy(HTTPSyntax.isAuthority) else {
      throw RequestFailure(400, "the Host header is not a host and port")
    }
  }

  /// Without white space at both ends (RFC 9112, section 5.1).
  private static func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    var rest = bytes[...]
    while let first = rest.first, first == 0x20 || first == 0x09 { rest = rest.dropFirst() }
    while let last = rest.last, last == 0x20 || last == 0x09 { rest = rest.dropLast() }
    return rest
  }

  /// UTF-8, or, where it is none, one character per byte, as older clients send.
  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(validating: bytes, as: UTF8.self)
      ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
  }
}
