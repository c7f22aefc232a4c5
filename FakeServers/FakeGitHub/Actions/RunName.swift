/// The title of a run: `run-name` with its expressions filled in.
enum RunName {
  /// Fills in each `${{ ... }}`: a context's member, or several with `||` between them of which the first that is not empty
  /// counts, or a text in quotes. What is unknown is empty, as with GitHub.
  static func resolve(_ text: String, contexts: [String: String]) -> String {
    var result = ""
    var rest = text[...]
    while let start = rest.firstRange(of: "${{") {
      result += rest[..<start.lowerBound]
      let inside = rest[start.upperBound...]
      guard let end = inside.firstRange(of: "}}") else { return result + rest[start.lowerBound...] }
      result += value(inside[..<end.lowerBound], contexts)
      rest = inside[end.upperBound...]
    }
    return result + rest
  }

  private static func value(_ expression: Substring, _ contexts: [String: String]) -> String {
    for alternative in expression.split(separator: "||") {
      let term = alternative.trimmingSpaces
      let value =
        term.hasPrefix("'") && term.hasSuffix("'") && term.utf8.count >= 2
        ? String(term.dropFirst().dropLast()) : contexts[term.lowercased()] ?? ""
      if !value.isEmpty { return value }
    }
    return ""
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    var text = self.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }
}
