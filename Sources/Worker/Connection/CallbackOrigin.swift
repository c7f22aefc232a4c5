/// Where the callback leads: `http(s)://host[:port]`, a trailing slash allowed.
struct CallbackOrigin: Sendable, Equatable {
  let isSecure: Bool
  /// As it stands in the URL: an IPv6 address in brackets.
  let host: String
  let port: Int

  init?(_ text: String) {
    let schemes = [(prefix: "https://", isSecure: true), (prefix: "http://", isSecure: false)]
    guard let scheme = schemes.first(where: { text.lowercased().hasPrefix($0.prefix) }) else { return nil }
    var authority = text.dropFirst(scheme.prefix.count)
    if authority.hasSuffix("/") { authority.removeLast() }
    guard authority.utf8.allSatisfy({ $0 > 32 && $0 < 127 }),
      !authority.contains(where: { "/?#@".contains($0) })
    else { return nil }
    isSecure = scheme.isSecure
    // The colon of a port comes after the bracket of an IPv6 address.
    let afterBracket = authority.lastIndex(of: "]").map(authority.index(after:)) ?? authority.startIndex
    if let colon = authority[afterBracket...].firstIndex(of: ":") {
      guard let port = UInt16(authority[authority.index(after: colon)...]), port > 0 else { return nil }
      self.port = Int(port)
      host = String(authority[..<colon])
    } else {
      port = scheme.isSecure ? 443 : 80
      host = String(authority)
    }
    guard !host.isEmpty else { return nil }
  }

  /// `host:port`.
  var address: String { "\(host):\(port)" }
}
