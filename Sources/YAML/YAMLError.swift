/// Why a text was not accepted as YAML, and where.
package struct YAMLError: Error, Sendable, CustomStringConvertible {
  package enum Code: Sendable, Hashable {
    /// The text is not YAML, or not UTF-8.
    case syntax
    /// A key stands twice in one mapping.
    case duplicateKey
    /// An alias names no anchor before it.
    case unknownAlias
    /// YAML that this reader refuses: a second document, a key that is no scalar, a foreign tag.
    case unsupported
    /// The text is larger, deeper or, with its aliases written out, longer than the limits allow.
    case limit
  }

  package let code: Code
  package let message: String
  package let position: YAMLPosition

  package init(_ code: Code, _ message: String, at position: YAMLPosition) {
    self.code = code
    self.message = message
    self.position = position
  }

  package var description: String { "\(position): \(message)" }
}
