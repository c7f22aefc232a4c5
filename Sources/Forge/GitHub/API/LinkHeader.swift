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

  /// The query of the address that comes next; `nil` when there is none, or its address is not plain ASCII.
  static func nextQuery(_ values: [String]) -> String? {
    guard let address = next(values), address.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
      let question = address.firstIndex(of: "?")
    else { return nil }
    let query = address[address.index(after: question)...].prefix { $0 != "#" }
    return query.isEmpty ? nil : String(query)
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
