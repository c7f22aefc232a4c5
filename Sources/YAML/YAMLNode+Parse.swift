extension YAMLNode {
  /// Reads a text that holds one YAML document. A text without any document is a null.
  package static func parse(
    _ text: some Sequence<UInt8>, limits: YAMLLimits = YAMLLimits()
  ) throws(YAMLError) -> YAMLNode {
    var bytes = Array(text)
    guard bytes.count <= limits.maximumBytes else {
      throw YAMLError(
        .limit, "the text has \(bytes.count) bytes, more than the \(limits.maximumBytes) allowed",
        at: YAMLPosition(line: 1, column: 1))
    }
    // The encoding is not guessed, so the byte order mark that libyaml would skip is ours to skip.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
    var composer = YAMLComposer(events: try YAMLEventReader(bytes), limits: limits)
    return try composer.document()
  }

  package static func parse(
    _ text: String, limits: YAMLLimits = YAMLLimits()
  ) throws(YAMLError) -> YAMLNode {
    try parse(text.utf8, limits: limits)
  }
}
