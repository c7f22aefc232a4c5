/// One step through a YAML text, free of the parser's memory.
struct YAMLEvent {
  enum Kind: Hashable {
    case documentStart
    case streamEnd
    case scalar(YAMLScalar)
    case sequenceStart
    case sequenceEnd
    case mappingStart
    case mappingEnd
    case alias(String)
    /// Events that say nothing to the reader of the tree.
    case other
  }

  let kind: Kind
  let position: YAMLPosition
  let anchor: String?
}
