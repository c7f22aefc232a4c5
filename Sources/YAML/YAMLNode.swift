/// A value of a YAML document with the place where it was written.
///
/// A node that was reached by an alias has the position of its anchor, where the value stands.
package struct YAMLNode: Sendable, Hashable {
  package enum Content: Sendable, Hashable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    /// The entries in the order of the text; no key stands twice.
    case mapping([YAMLEntry])
  }

  package let position: YAMLPosition
  package let content: Content

  package init(_ content: Content, at position: YAMLPosition) {
    self.content = content
    self.position = position
  }

  /// The scalar, unless the node is a sequence or a mapping.
  package var scalar: YAMLScalar? {
    guard case .scalar(let scalar) = content else { return nil }
    return scalar
  }

  package var sequence: [YAMLNode]? {
    guard case .sequence(let items) = content else { return nil }
    return items
  }

  package var mapping: [YAMLEntry]? {
    guard case .mapping(let entries) = content else { return nil }
    return entries
  }

  /// Whether the node stands for no value: written as nothing, `~` or `null`, without quotes.
  package var isNull: Bool { scalar?.isNull ?? false }

  /// The value of a mapping's key; `nil` too when the node is no mapping.
  package subscript(key: String) -> YAMLNode? {
    mapping?.first { $0.key == key }?.value
  }

  /// What the node is, as one says it in an error.
  package var kind: String {
    switch content {
    case .scalar(let scalar): scalar.isNull ? "nothing" : "a single value"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}

/// A key of a mapping and its value.
package struct YAMLEntry: Sendable, Hashable {
  package let key: String
  package let keyPosition: YAMLPosition
  package let value: YAMLNode
}
