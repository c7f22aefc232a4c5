import Glibc

/// An address of an IP socket: a numeric host and a port.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// The address in numbers, without brackets: `127.0.0.1`, `::1`.
  package let host: String
  package let port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// `127.0.0.1:80`, `[::1]:80`.
  package var description: String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  package var isLoopback: Bool {
    host == "::1" || host.hasPrefix("127.") || host.hasPrefix("::ffff:127.")
  }

  init?(_ storage: sockaddr_storage) {
    var storage = storage
    switch Int32(storage.ss_family) {
    case AF_INET:
      let address = withUnsafeBytes(of: &storage) { $0.load(as: sockaddr_in.self) }
      var raw = address.sin_addr
      self.init(host: Self.text(AF_INET, &raw), port: Int(UInt16(bigEndian: address.sin_port)))
    case AF_INET6:
      let address = withUnsafeBytes(of: &storage) { $0.load(as: sockaddr_in6.self) }
      var raw = address.sin6_addr
      let host = Self.text(AF_INET6, &raw)
      // A dual-stack socket shows IPv4 peers as mapped addresses.
      let plain = host.hasPrefix("::ffff:") && host.contains(".") ? String(host.dropFirst(7)) : host
      self.init(host: plain, port: Int(UInt16(bigEndian: address.sin6_port)))
    default: return nil
    }
  }

  private static func text(_ family: Int32, _ address: UnsafeRawPointer) -> String {
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(family, address, &buffer, socklen_t(buffer.count)) != nil else { return "?" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// A place to listen at or to connect to, as people write it: `host:port`, `[::1]:port`, `:port` (all interfaces).
package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// A name or a number; empty for all interfaces.
  package let host: String
  package let port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// `nil` when the text has no port from 0 to 65535, or its host is not one.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      return nil
    }
    var host = text[..<colon]
    if host.hasPrefix("[") {
      guard host.hasSuffix("]"), host.count > 2 else { return nil }
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard host.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }) else { return nil }
    self.init(host: String(host), port: Int(port))
  }

  package var description: String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// The addresses that stand for the endpoint, best first. Blocks (DNS): not for the cooperative pool.
  func resolve(passive: Bool) throws(SystemError) -> [ResolvedAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : AI_ADDRCONFIG)
    var list: UnsafeMutablePointer<addrinfo>?
    let result = getaddrinfo(host.isEmpty ? nil : host, String(port), &hints, &list)
    guard result == 0 else {
      throw SystemError(
        code: result == EAI_SYSTEM ? errno : EADDRNOTAVAIL,
        operation: "resolve '\(host)' (\(String(cString: gai_strerror(result))))")
    }
    defer { freeaddrinfo(list) }
    var found: [ResolvedAddress] = []
    var next = list
    while let info = next?.pointee {
      found.append(ResolvedAddress(info))
      next = info.ai_next
    }
    // For "all interfaces" the IPv6 wildcard comes first: it takes IPv4 as well.
    return passive ? found.sorted { $0.family > $1.family } : found
  }
}

/// What getaddrinfo(3) gives, kept by value.
struct ResolvedAddress: Sendable {
  let family: Int32
  private let storage: sockaddr_storage
  private let length: socklen_t

  init(_ info: addrinfo) {
    family = info.ai_family
    var storage = sockaddr_storage()
    let length = min(info.ai_addrlen, socklen_t(MemoryLayout<sockaddr_storage>.size))
    if let address = info.ai_addr {
      withUnsafeMutableBytes(of: &storage) {
        $0.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
      }
    }
    self.length = length
    self.storage = storage
  }

  func withSocketAddress<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
    withUnsafePointer(to: storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}
