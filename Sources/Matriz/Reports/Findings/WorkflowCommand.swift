/// A line of output by which a program tells its CI something, as GitHub's runner reads it:
/// `::error file=src/a.c,line=3,title=Unused::message`.
///
/// Source: `ActionCommand.TryParseV2` of github.com/actions/runner, and docs.github.com, "Workflow commands".
struct WorkflowCommand: Hashable, Sendable {
  /// In lower case.
  var name: String
  /// By their names in lower case.
  var properties: [String: String]
  var message: String

  private static let marker: [UInt8] = [UInt8(ascii: ":"), UInt8(ascii: ":")]

  /// - Parameter line: without its end. Blanks may stand before the command; so may the name of a task in brackets, which
  ///   mise puts before each line when tasks run beside each other.
  init?(_ line: some BidirectionalCollection<UInt8>) {
    let rest = Self.withoutPrefix(line)
    guard rest.starts(with: Self.marker) else { return nil }
    let body = rest.dropFirst(Self.marker.count)
    guard let end = body.firstRange(of: Self.marker) else { return nil }
    let head = String(decoding: body[..<end.lowerBound], as: UTF8.self)
    let words = head.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = words.first, !name.isEmpty else { return nil }
    self.name = name.lowercased()
    properties = words.count == 2 ? Self.properties(words[1]) : [:]
    message = Self.decoded(
      String(decoding: body[end.upperBound...], as: UTF8.self), Self.messageEscapes)
  }

  /// Blanks and the name of a task before a command have no more bytes.
  static let maximumPrefixBytes = 1_024

  /// Whether a line that begins so is a command, or may be one when more of it comes.
  static func mayBegin(with line: some BidirectionalCollection<UInt8>) -> Bool {
    let rest = withoutPrefix(line)
    if rest.starts(with: marker) { return true }
    guard line.count < maximumPrefixBytes + marker.count else { return false }
    return rest.first == UInt8(ascii: "[") || marker.starts(with: rest)
  }

  /// What follows blanks and one `[task] `.
  private static func withoutPrefix<Bytes: BidirectionalCollection<UInt8>>(_ line: Bytes) -> Bytes.SubSequence
  {
    let head = line.prefix(maximumPrefixBytes)
    var start = head.firstIndex { !isBlank($0) } ?? head.endIndex
    if start < head.endIndex, line[start] == UInt8(ascii: "["),
      let end = head[start...].firstIndex(of: UInt8(ascii: "]"))
    {
      let after = head.index(after: end)
      let next = head[after...].firstIndex { !isBlank($0) } ?? head.endIndex
      if next > after || after == head.endIndex { start = next }
    }
    return line[start...]
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (9...13).contains(byte)
  }

  private static func properties(_ text: Substring) -> [String: String] {
    var properties: [String: String] = [:]
    for property in text.split(separator: ",") {
      let pair = property.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard pair.count == 2 else { continue }
      let name = pair[0].drop(while: \.isWhitespace).lowercased()
      properties[name] = decoded(String(pair[1]), propertyEscapes)
    }
    return properties
  }

  private static let messageEscapes: [String: Character] = ["0D": "\r", "0A": "\n", "25": "%"]
  private static let propertyEscapes = messageEscapes.merging(["3A": ":", "2C": ","]) { $1 }

  /// Undoes these escapes and no others: what is said may well have a `%` in it.
  private static func decoded(_ text: String, _ escapes: [String: Character]) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
    var scalars = String.UnicodeScalarView()
    var rest = Substring(text).unicodeScalars
    while let scalar = rest.popFirst() {
      if scalar == "%", let character = escapes[String(rest.prefix(2))] {
        scalars.append(contentsOf: character.unicodeScalars)
        rest = rest.dropFirst(2)
      } else {
        scalars.append(scalar)
      }
    }
    return String(scalars)
  }
}
