import CCurl

/// A URL that was checked: absolute `http` or `https`, without credentials.
struct RequestURL {
  /// As it is requested.
  let text: String
  let scheme: String
  /// In lower case; an IPv6 address in brackets.
  let host: String
  let port: Int
  private let path: String

  /// Throws `HTTPClientError` with `.badURL`; its message does not repeat the URL, which may hold secrets.
  init(_ text: String) throws(HTTPClientError) {
    guard text.utf8.allSatisfy(HTTPSyntax.isTarget) else {
      throw Self.refused("has a blank, a control character or one beyond ASCII; such are percent-encoded")
    }
    guard let handle = curl_url() else { throw Self.refused("cannot be parsed") }
    defer { curl_url_cleanup(handle) }
    guard curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK else {
      throw Self.refused("is not an absolute http or https URL")
    }
    let scheme = Self.part(handle, CURLUPART_SCHEME)?.lowercased()
    guard let scheme, scheme == "http" || scheme == "https", text.contains("://"),
      let host = Self.part(handle, CURLUPART_HOST), !host.isEmpty,
      let port = Self.part(handle, CURLUPART_PORT, flags: UInt32(CURLU_DEFAULT_PORT)).flatMap({ Int($0) })
    else { throw Self.refused("is not an absolute http or https URL") }
    guard Self.part(handle, CURLUPART_USER) == nil, Self.part(handle, CURLUPART_PASSWORD) == nil else {
      throw Self.refused("has credentials; they belong in the Authorization header")
    }
    self.text = text
    self.scheme = scheme
    self.host = host.lowercased()
    self.port = port
    path = Self.part(handle, CURLUPART_PATH) ?? "/"
  }

  /// Where `Location` leads from here (RFC 9110, section 10.2.2).
  func redirect(to location: String) throws(HTTPClientError) -> RequestURL {
    guard let handle = curl_url() else { throw Self.refused("cannot be parsed") }
    defer { curl_url_cleanup(handle) }
    guard location.utf8.allSatisfy(HTTPSyntax.isTarget),
      curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK,
      curl_url_set(handle, CURLUPART_URL, location, 0) == CURLUE_OK,
      let target = Self.part(handle, CURLUPART_URL)
    else { throw HTTPClientError(.invalidAnswer, "\(description): the redirect's Location is no URL") }
    return try RequestURL(target)
  }

  func hasSameOrigin(as other: RequestURL) -> Bool {
    scheme == other.scheme && host == other.host && port == other.port
  }

  var isLoopback: Bool {
    host == "localhost" || host.hasSuffix(".localhost") || host == "[::1]" || host.hasPrefix("127.")
      || host.hasPrefix("[::ffff:127.")
  }

  /// For messages: without the query, which may hold a signature.
  var description: String {
    "\(scheme)://\(host):\(port)\(path)"
  }

  private static func part(_ handle: OpaquePointer, _ part: CURLUPart, flags: UInt32 = 0) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(handle, part, &text, flags) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }

  private static func refused(_ what: String) -> HTTPClientError {
    HTTPClientError(.badURL, "the URL \(what)")
  }
}
