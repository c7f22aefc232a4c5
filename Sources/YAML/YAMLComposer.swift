/// Builds the tree from events. It recurses once for each level, which `maximumDepth` bounds.
struct YAMLComposer: ~Copyable {
  private let events: YAMLEventReader
  private let limits: YAMLLimits
  private var anchors: [String: Composed] = [:]
  /// Anchors of nodes that are not yet complete: an alias to one of them would contain itself.
  private var openAnchors: Set<String> = []

  /// A node with what it counts for when an alias repeats it.
  private struct Composed {
    var node: YAMLNode
    var nodeCount: Int
    /// Levels of sequences and mappings in it; 0 for a scalar.
    var height: Int
  }

  init(events: consuming YAMLEventReader, limits: YAMLLimits) {
    self.events = events
    self.limits = limits
  }

  mutating func document() throws(YAMLError) -> YAMLNode {
    var root: YAMLNode?
    while true {
      let event = try events.next()
      switch event.kind {
      case .documentStart:
        guard root == nil else {
          throw YAMLError(
            .unsupported, "a second document begins here; only one is read", at: event.position)
        }
        root = try node(try events.next(), depth: 0).node
      case .streamEnd:
        let start = YAMLPosition(line: 1, column: 1)
        return root ?? YAMLNode(.scalar(YAMLScalar("", style: .plain)), at: start)
      default:
        continue
      }
    }
  }

  private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> Composed {
    if case .alias(let name) = event.kind {
      return try repeated(name, depth: depth, at: event.position)
    }
    if let anchor = event.anchor { openAnchors.insert(anchor) }
    let composed: Composed
    switch event.kind {
    case .scalar(let scalar):
      composed = Composed(node: YAMLNode(.scalar(scalar), at: event.position), nodeCount: 1, height: 0)
    case .sequenceStart:
      composed = try sequence(from: event.position, depth: depth + 1)
    case .mappingStart:
      composed = try mapping(from: event.position, depth: depth + 1)
    default:
      throw YAMLError(.syntax, "a value was expected here", at: event.position)
    }
    if let anchor = event.anchor {
      openAnchors.remove(anchor)
      anchors[anchor] = composed
    }
    return composed
  }

  private mutating func sequence(
    from position: YAMLPosition, depth: Int
  ) throws(YAMLError) -> Composed {
    try checkDepth(depth, at: position)
    var items: [YAMLNode] = []
    var nodeCount = 1
    var height = 0
    while true {
      let event = try events.next()
      if event.kind == .sequenceEnd { break }
      let item = try node(event, depth: depth)
      nodeCount = try checkedSum(nodeCount, item.nodeCount, at: event.position)
      height = max(height, item.height)
      items.append(item.node)
    }
    let node = YAMLNode(.sequence(items), at: position)
    return Composed(node: node, nodeCount: nodeCount, height: height + 1)
  }

  private mutating func mapping(
    from position: YAMLPosition, depth: Int
  ) throws(YAMLError) -> Composed {
    try checkDepth(depth, at: position)
    var entries: [YAMLEntry] = []
    var seen: [String: YAMLPosition] = [:]
    var nodeCount = 1
    var height = 0
    while true {
      let event = try events.next()
      if event.kind == .mappingEnd { break }
      let keyNode = try node(event, depth: depth)
      guard let key = keyNode.node.scalar?.text else {
        throw YAMLError(
          .unsupported, "a key must be a single value, not \(keyNode.node.kind)", at: event.position)
      }
      if let first = seen[key] {
        throw YAMLError(
          .duplicateKey, "the key '\(key)' stands twice; first at \(first)", at: event.position)
      }
      seen[key] = event.position
      let valueEvent = try events.next()
      let value = try node(valueEvent, depth: depth)
      nodeCount = try checkedSum(nodeCount, 1, at: event.position)
      nodeCount = try checkedSum(nodeCount, value.nodeCount, at: valueEvent.position)
      height = max(height, value.height)
      entries.append(YAMLEntry(key: key, keyPosition: event.position, value: value.node))
    }
    let node = YAMLNode(.mapping(entries), at: position)
    return Composed(node: node, nodeCount: nodeCount, height: height + 1)
  }

  private func repeated(
    _ name: String, depth: Int, at position: YAMLPosition
  ) throws(YAMLError) -> Composed {
    if openAnchors.contains(name) {
      throw YAMLError(.unknownAlias, "the alias '*\(name)' stands inside its own anchor", at: position)
    }
    guard let composed = anchors[name] else {
      throw YAMLError(.unknownAlias, "the alias '*\(name)' has no anchor before it", at: position)
    }
    try checkDepth(depth + composed.height, at: position)
    return composed
  }

  private func checkDepth(_ depth: Int, at position: YAMLPosition) throws(YAMLError) {
    guard depth <= limits.maximumDepth else {
      throw YAMLError(
        .limit, "lists and mappings stand more than \(limits.maximumDepth) deep", at: position)
    }
  }

  /// Both numbers are within the limit, so that the sum cannot overflow.
  private func checkedSum(
    _ count: Int, _ more: Int, at position: YAMLPosition
  ) throws(YAMLError) -> Int {
    guard count + more <= limits.maximumNodes else {
      throw YAMLError(
        .limit, "the text stands for more than \(limits.maximumNodes) values, aliases included",
        at: position)
    }
    return count + more
  }
}
