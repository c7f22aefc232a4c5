/// What a YAML text may cost its reader.
package struct YAMLLimits: Sendable {
  /// The size of the text in bytes.
  package var maximumBytes: Int
  /// How deep sequences and mappings may stand in each other; a scalar alone has depth 0.
  package var maximumDepth: Int
  /// The number of nodes with every alias written out, which is what bounds a reader of the tree:
  /// nine lines of aliases to aliases would else stand for a billion nodes.
  package var maximumNodes: Int

  package init(
    maximumBytes: Int = 1_048_576, maximumDepth: Int = 64, maximumNodes: Int = 100_000
  ) {
    self.maximumBytes = maximumBytes
    self.maximumDepth = maximumDepth
    self.maximumNodes = maximumNodes
  }
}
