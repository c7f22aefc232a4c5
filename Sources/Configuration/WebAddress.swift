import Platform

/// An address of a web service, checked and without a slash at its end.
package enum WebAddress {
  /// What is wrong with an address, to be put behind "must".
  package struct Refusal: Error {
    package let message: String
  }

  /// - Parameter allowsPath: whether something may follow the host and port.
  package static func check(_ text: String, allowsPath: Bool) throws(Refusal) -> String {
    guard let scheme = ["http://", "https://"].first(where: { text.lowercased().hasPrefix($0) }) else {
      throw Refusal(message: "begin with http:// or https://")
    }
    guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
      throw Refusal(message: "have no spaces and no characters beyond ASCII")
    }
    var rest = text.dropFirst(scheme.count)
    while rest.hasSuffix("/") { rest.removeLast() }
    guard !rest.contains(where: { "?#@\\".contains($0) }) else {
      throw Refusal(message: "have no user, query or fragment")
    }
    let authority = rest.prefix { $0 != "/" }
    guard allowsPath || authority.count == rest.count else {
      throw Refusal(message: "have no path")
    }
    guard isHostAndPort(String(authority)) else {
      throw Refusal(message: "name a host, and a port from 1 to 65535 if any")
    }
    return scheme + rest
  }

  private static func isHostAndPort(_ text: String) -> Bool {
    let hasPort = text.hasPrefix("[") ? !text.hasSuffix("]") : text.contains(":")
    guard let endpoint = Endpoint(hasPort ? text : "\(text):80") else { return false }
    return !endpoint.host.isEmpty && endpoint.port > 0
  }
}
