/// A place in a YAML text. Lines and columns count from 1; a column counts characters, not bytes.
package struct YAMLPosition: Sendable, Hashable, CustomStringConvertible {
  package let line: Int
  package let column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// `line:column`, as compilers write it.
  package var description: String { "\(line):\(column)" }
}
