import Crypto

/// Names and values that travel with a call: ordered, names in lower case, a name may come more than once.
///
/// A name that ends in `-bin` carries any bytes (base64 on the wire); the others carry printable ASCII.
/// Names starting with `grpc-` or `:` are the protocol's own and are never found here.
package struct GRPCMetadata: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  package struct Entry: Sendable, Hashable {
    /// In lower case.
    package let name: String
    /// As it stands on the wire: base64 for a name in `-bin`.
    package let value: String
  }

  package private(set) var entries: [Entry] = []

  package init() {}

  package init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { add(name, value) }
  }

  package var isEmpty: Bool { entries.isEmpty }

  /// The first value of that name; the name's case does not matter.
  package subscript(_ name: String) -> String? {
    let name = name.lowercased()
    return entries.first { $0.name == name }?.value
  }

  /// Adds a value behind those that are there.
  ///
  /// A name or value that HTTP/2 cannot carry, or a name that is the protocol's own, is left out: a call does not
  /// fail because of what it was decorated with.
  package mutating func add(_ name: String, _ value: String) {
    let name = name.lowercased()
    guard Self.isLegal(name: name), value.utf8.allSatisfy({ $0 >= 0x20 && $0 <= 0x7E }) else { return }
    entries.append(Entry(name: name, value: value))
  }

  /// Adds bytes under a name that ends in `-bin`.
  package mutating func add(_ name: String, bytes: [UInt8]) {
    guard name.lowercased().hasSuffix("-bin") else { return }
    add(name, Base64.encode(bytes))
  }

  /// The bytes of the first value of a name that ends in `-bin`; nil if there is none or it is not base64.
  package func bytes(_ name: String) -> [UInt8]? {
    guard name.lowercased().hasSuffix("-bin"), let text = self[name] else { return nil }
    return Base64.decode(text.prefix { $0 != "," }, padding: .optional)
  }

  private static func isLegal(name: String) -> Bool {
    guard !name.isEmpty, !name.hasPrefix("grpc-"), !reserved.contains(name) else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
      default: false
      }
    }
  }

  private static let reserved: Set<String> = [
    "te", "content-type", "connection", "host", "transfer-encoding", "keep-alive", "upgrade",
    "proxy-connection", "content-length",
  ]
}
