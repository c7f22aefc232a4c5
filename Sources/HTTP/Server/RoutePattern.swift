/// A pattern of `HTTPRouter`, taken apart.
struct RoutePattern: Sendable, Hashable {
  enum Segment: Sendable, Hashable {
    case literal(String)
    case parameter(prefix: String, name: String, suffix: String)
    case rest(name: String)
  }

  let segments: [Segment]

  init(_ pattern: String) {
    segments =
      pattern == "/"
      ? []
      : pattern.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(Self.segment)
  }

  private static func segment(_ text: Substring) -> Segment {
    guard let open = text.firstIndex(of: "{"), let close = text.lastIndex(of: "}"), open < close else {
      return .literal(String(text))
    }
    let name = text[text.index(after: open)..<close]
    if name.hasSuffix("...") { return .rest(name: String(name.dropLast(3))) }
    return .parameter(
      prefix: String(text[..<open]), name: String(name),
      suffix: String(text[text.index(after: close)...]))
  }

  /// The parameters, when the path matches.
  func match(_ path: [String]) -> [String: String]? {
    var parameters: [String: String] = [:]
    var rest = path[...]
    for segment in segments {
      if case .rest(let name) = segment {
        parameters[name] = rest.joined(separator: "/")
        return parameters
      }
      guard let actual = rest.popFirst() else { return nil }
      switch segment {
      case .literal(let text):
        guard actual == text else { return nil }
      case .parameter(let prefix, let name, let suffix):
        guard actual.utf8.count > prefix.utf8.count + suffix.utf8.count, actual.hasPrefix(prefix),
          actual.hasSuffix(suffix)
        else { return nil }
        parameters[name] = String(actual.dropFirst(prefix.count).dropLast(suffix.count))
      case .rest:
        break
      }
    }
    return rest.isEmpty ? parameters : nil
  }

  /// Whether this pattern is tried before the other one.
  func precedes(_ other: RoutePattern) -> Bool {
    for (mine, others) in zip(segments, other.segments) where mine.rank != others.rank {
      return mine.rank < others.rank
    }
    // A rest may be empty, so it would take what the shorter pattern is meant for.
    let (mine, others) = (segments.count, other.segments.count)
    if mine > others, case .rest = segments[others] { return false }
    if mine < others, case .rest = other.segments[mine] { return true }
    return mine > others
  }
}

extension RoutePattern.Segment {
  /// Literal before parameter before rest; among parameters, more literal text first.
  fileprivate var rank: Int {
    switch self {
    case .literal: 0
    case .parameter(let prefix, _, let suffix): prefix.isEmpty && suffix.isEmpty ? 2 : 1
    case .rest: 3
    }
  }
}
