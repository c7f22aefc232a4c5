import CYAML

/// libyaml's event parser over bytes that it owns.
///
/// After an error or the end of the stream `next` is not called again.
struct YAMLEventReader: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  /// The parser reads from here for as long as it lives, so neither is in movable memory.
  private let input: UnsafeMutableBufferPointer<UInt8>

  init(_ bytes: [UInt8]) throws(YAMLError) {
    parser = .allocate(capacity: 1)
    input = .allocate(capacity: bytes.count)
    _ = input.initialize(from: bytes)
    guard yaml_parser_initialize(parser) == 1 else {
      // The only reason is memory; `deinit` may delete a parser that was zeroed.
      parser.initialize(to: yaml_parser_t())
      throw YAMLError(.limit, "no memory for the parser", at: YAMLPosition(line: 1, column: 1))
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, input.baseAddress, input.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    input.deallocate()
  }

  func next() throws(YAMLError) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
    defer { yaml_event_delete(&event) }
    let position = YAMLPosition(event.start_mark)
    switch event.type {
    case YAML_STREAM_END_EVENT:
      return YAMLEvent(kind: .streamEnd, position: position, anchor: nil)
    case YAML_DOCUMENT_START_EVENT:
      return YAMLEvent(kind: .documentStart, position: position, anchor: nil)
    case YAML_ALIAS_EVENT:
      let name = text(event.data.alias.anchor) ?? ""
      return YAMLEvent(kind: .alias(name), position: position, anchor: nil)
    case YAML_SCALAR_EVENT:
      return try scalar(event, at: position)
    case YAML_SEQUENCE_START_EVENT:
      let start = event.data.sequence_start
      try checkTag(text(start.tag), allowed: "seq", at: position)
      return YAMLEvent(kind: .sequenceStart, position: position, anchor: text(start.anchor))
    case YAML_MAPPING_START_EVENT:
      let start = event.data.mapping_start
      try checkTag(text(start.tag), allowed: "map", at: position)
      return YAMLEvent(kind: .mappingStart, position: position, anchor: text(start.anchor))
    case YAML_SEQUENCE_END_EVENT:
      return YAMLEvent(kind: .sequenceEnd, position: position, anchor: nil)
    case YAML_MAPPING_END_EVENT:
      return YAMLEvent(kind: .mappingEnd, position: position, anchor: nil)
    default:
      return YAMLEvent(kind: .other, position: position, anchor: nil)
    }
  }

  private func scalar(
    _ event: yaml_event_t, at position: YAMLPosition
  ) throws(YAMLError) -> YAMLEvent {
    let scalar = event.data.scalar
    let style: YAMLScalar.Style =
      switch scalar.style {
      case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
      case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
      case YAML_LITERAL_SCALAR_STYLE: .literal
      case YAML_FOLDED_SCALAR_STYLE: .folded
      default: .plain
      }
    let tag = text(scalar.tag)
    try checkTag(tag, allowed: "str", at: position)
    // A scalar may hold a NUL, so its length counts and not a terminator.
    let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
    let value = YAMLScalar(
      String(decoding: bytes, as: UTF8.self), style: style, isResolvable: style == .plain && tag == nil)
    return YAMLEvent(kind: .scalar(value), position: position, anchor: text(scalar.anchor))
  }

  /// A tag that only repeats what the value is anyway, `!!str` before a number, or `!` is understood;
  /// any other would ask for a meaning that nobody here gives it.
  private func checkTag(
    _ tag: String?, allowed: String, at position: YAMLPosition
  ) throws(YAMLError) {
    guard let tag, tag != "!", tag != "tag:yaml.org,2002:\(allowed)" else { return }
    throw YAMLError(.unsupported, "the tag '\(tag)' is not understood here", at: position)
  }

  private func text(_ pointer: UnsafePointer<UInt8>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private func problem() -> YAMLError {
    let state = parser.pointee
    let message = state.problem.map { String(cString: $0) } ?? "cannot be read"
    switch state.error {
    case YAML_MEMORY_ERROR:
      return YAMLError(.limit, "no memory left for the parser", at: YAMLPosition(state.mark))
    case YAML_READER_ERROR:
      // The reader knows the offset of the byte only.
      return YAMLError(.syntax, message, at: position(ofByte: state.problem_offset))
    default:
      let context = state.context.map { String(cString: $0) + " " } ?? ""
      let position = YAMLPosition(state.problem_mark)
      guard !context.isEmpty, state.context_mark.line != state.problem_mark.line else {
        return YAMLError(.syntax, message, at: position)
      }
      let start = YAMLPosition(state.context_mark)
      return YAMLError(.syntax, "\(message) (\(context)that begins at \(start))", at: position)
    }
  }

  private func position(ofByte offset: Int) -> YAMLPosition {
    let before = input.prefix(max(0, min(offset, input.count)))
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
    return YAMLPosition(line: line, column: column)
  }
}

extension YAMLPosition {
  init(_ mark: yaml_mark_t) {
    self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
  }
}
