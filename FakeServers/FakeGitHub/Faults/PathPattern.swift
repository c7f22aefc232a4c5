/// Which paths a fault is for: segments in which `*` stands for any characters, and at the end `**` for any rest.
struct PathPattern: Sendable, Hashable {
  private let segments: [String]
  private let isOpen: Bool

  init(_ pattern: String) {
    var segments = pattern.split(separator: "/").map(String.init)
    isOpen = segments.last == "**"
    if isOpen { segments.removeLast() }
    self.segments = segments
  }

  /// What begins so, in the middle of a segment as well.
  init(prefix: String) {
    self.init(prefix == "/" ? "/**" : "\(prefix)*/**")
  }

  func matches(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    guard isOpen ? parts.count >= segments.count : parts.count == segments.count else { return false }
    return zip(segments, parts).allSatisfy { Self.matches($1, glob: $0) }
  }

  /// The text between the stars has to be found in its order, the first piece at the begin, the last one at the end.
  private static func matches(_ text: Substring, glob: String) -> Bool {
    let pieces = glob.split(separator: "*", omittingEmptySubsequences: false)
    guard let first = pieces.first, let last = pieces.last, pieces.count > 1 else { return text == glob }
    guard text.utf8.count >= first.utf8.count + last.utf8.count, text.hasPrefix(first), text.hasSuffix(last)
    else { return false }
    var rest = text.dropFirst(first.count).dropLast(last.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let found = rest.firstRange(of: piece) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}
