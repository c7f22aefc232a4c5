/// Plain text of SARIF messages: section 3.11.
enum SARIFText {
  /// Nothing is looked for further away, so that no text takes long.
  private static let maximumLinkCharacters = 500
  private static let maximumIndexCharacters = 5

  /// The text with its arguments in the places of `{0}`, `{1}`; and of links to other places, `[text](1)`, the text.
  ///
  /// - Parameter maximumBytes: about as much is filled in; what follows is of no use to anybody.
  static func filled(_ pattern: String, with arguments: [String], maximumBytes: Int) -> String {
    var result = ""
    var rest = Substring(pattern)
    while result.utf8.count <= maximumBytes,
      let index = rest.firstIndex(where: { $0 == "{" || $0 == "}" || $0 == "[" })
    {
      result += rest[..<index]
      rest = rest[index...]
      if let (text, length) = replacement(at: rest, arguments) {
        result += text
        rest = rest.dropFirst(length)
      } else {
        result.append(rest.removeFirst())
      }
    }
    return result + rest
  }

  /// What stands for the beginning of the text, and for how many characters of it.
  private static func replacement(at text: Substring, _ arguments: [String]) -> (String, Int)? {
    if text.hasPrefix("{{") { return ("{", 2) }
    if text.hasPrefix("}}") { return ("}", 2) }
    if text.hasPrefix("["), let link = link(text.prefix(maximumLinkCharacters)) { return link }
    guard text.hasPrefix("{"), let end = text.prefix(maximumIndexCharacters).firstIndex(of: "}") else {
      return nil
    }
    let inner = text[..<end].dropFirst()
    guard let index = Int(inner), arguments.indices.contains(index) else { return nil }
    return (arguments[index], inner.count + 2)
  }

  /// `[text](1)` leads to a related place by its number, which nobody can follow who does not have the file.
  private static func link(_ text: Substring) -> (String, Int)? {
    guard let close = text.firstIndex(of: "]") else { return nil }
    let target = text[close...].dropFirst()
    guard target.first == "(", let end = target.firstIndex(of: ")"), Int(target[..<end].dropFirst()) != nil
    else { return nil }
    return (String(text[..<close].dropFirst()), text.distance(from: text.startIndex, to: end) + 1)
  }
}
