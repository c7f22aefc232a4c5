/// A request's target (RFC 9112, section 3.2), split first and percent-decoded afterwards, so that an encoded
/// slash stays inside its segment.
///
/// Refused: anything but origin form (`/path?query`) and absolute form (`http://host/path`), whose host is dropped,
/// bytes outside printable ASCII, `#`, escapes that are none, `%00`, bytes that are not UTF-8 once decoded, and the
/// segments `.` and `..`, which clients resolve before they send. `*` (for OPTIONS) is a path without segments.
struct RequestTarget {
  let rawPath: String
  let path: [String]
  let query: [(name: String, value: String)]

  init(_ target: String) throws(HTTPServerError) {
    guard target.utf8.allSatisfy({ HTTPSyntax.isTarget($0) && $0 != UInt8(ascii: "#") }) else {
      throw Self.refused("has a character that must be percent-encoded")
    }
    let origin = try Self.originForm(of: target)
    let parts = origin.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    rawPath = String(parts[0])
    path = try Self.segments(of: parts[0])
    query = parts.count == 2 ? try Self.pairs(of: parts[1]) : []
  }

  private static func originForm(of target: String) throws(HTTPServerError) -> Substring {
    if target.utf8.first == UInt8(ascii: "/") { return Substring(target) }
    if target == "*" { return "/" }
    let lowered = target.prefix(8).lowercased()
    guard lowered.hasPrefix("http://") || lowered.hasPrefix("https://") else {
      throw refused("is neither a path nor a URL")
    }
    let rest = target.dropFirst(lowered.hasPrefix("https://") ? 8 : 7)
    guard let end = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
    return rest[end] == "/" ? rest[end...] : "/" + rest[end...]
  }

  private static func segments(of path: Substring) throws(HTTPServerError) -> [String] {
    var segments: [String] = []
    guard path != "/" else { return segments }
    for segment in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      let decoded = try decode(segment, plusIsBlank: false)
      if decoded == "." || decoded == ".." { throw refused("has a '\(decoded)' segment") }
      segments.append(decoded)
    }
    return segments
  }

  private static func pairs(of query: Substring) throws(HTTPServerError) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    for pair in query.split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = try decode(halves[0], plusIsBlank: true)
      let value = halves.count == 2 ? try decode(halves[1], plusIsBlank: true) : ""
      pairs.append((name: name, value: value))
    }
    return pairs
  }

  private static func decode(_ text: Substring, plusIsBlank: Bool) throws(HTTPServerError) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.next().flatMap(HTTPSyntax.hexadecimalValue),
          let low = rest.next().flatMap(HTTPSyntax.hexadecimalValue)
        else { throw refused("has a '%' that is no escape") }
        guard high | low != 0 else { throw refused("has a NUL") }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsBlank:
        bytes.append(UInt8(ascii: " "))
      default:
        bytes.append(byte)
      }
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else { throw refused("is not UTF-8") }
    return decoded
  }

  private static func refused(_ what: String) -> HTTPServerError {
    HTTPServerError(.badRequest, "the request's target \(what)")
  }
}
