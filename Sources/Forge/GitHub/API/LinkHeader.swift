/// The field `Link` (RFC 8288), by which GitHub says where a list goes on.
enum LinkHeader {
  /// The target of the first link whose relation is `next`.
  static func next(_ values: [String]) -> String? {
    for link in values.flatMap({ $0.split(separator: ",") }) {
      let parts = link.split(separator: ";").map { $0.trimmingSpaces() }
      guard let target = parts.first, target.hasPrefix("<"), target.hasSuffix(">"),
        parts.dropFirst().contains(where: { $0 == "rel=\"next\"" || $0 == "rel=next" })
      else { continue }
      return String(target.dropFirst().dropLast())
    }
    return nil
  }

  /// The value of `cursor` in an address's query. The address itself is not followed: a request of ours, which carries
  /// our credentials, goes where our configuration says.
  static func cursor(in address: String) -> String? {
    guard let query = address.split(separator: "?", maxSplits: 1).dropFirst().first else { return nil }
    let name = "cursor="
    guard let field = query.split(separator: "&").first(where: { $0.hasPrefix(name) }) else { return nil }
    return URLText.decode(field.dropFirst(name.count))
  }
}

extension Substring {
  fileprivate func trimmingSpaces() -> Substring {
    let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    var text = drop(while: isSpace)
    while let last = text.last, isSpace(last) { text.removeLast() }
    return text
  }
}
