import YAML

/// A value that somebody set, and where.
struct Setting {
  enum Value {
    /// From the environment or from a file of its own: text in which commas may separate a list.
    case text(String)
    case node(YAMLNode)
  }

  /// The key's path, for messages.
  let path: String
  let place: String
  let value: Value

  /// The single value as text; `nil` for a list or a mapping.
  var text: String? {
    switch value {
    case .text(let text): text
    case .node(let node): node.scalar?.text
    }
  }

  /// The items, each a setting; a single value is a list of one.
  func items(in file: String) -> [Setting]? {
    switch value {
    case .text(let text):
      return text.split(whereSeparator: { $0 == "," || $0 == "\n" })
        .map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
        .map { Setting(path: path, place: place, value: .text($0)) }
    case .node(let node):
      if node.scalar != nil { return [self] }
      return node.sequence?.map {
        Setting(path: path, place: "\(file):\($0.position)", value: .node($0))
      }
    }
  }
}

extension StringProtocol {
  func trimmingSpaces() -> String {
    let start = drop { $0.isWhitespace }
    let end = start.lastIndex { !$0.isWhitespace }
    return end.map { String(start[...$0]) } ?? ""
  }
}
