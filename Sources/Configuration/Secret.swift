/// A value that must not be shown: printing it, dumping it or putting it into a text gives `<secret>`.
package struct Secret: Sendable, Hashable {
  /// The value itself, for whoever uses it.
  package let text: String

  package init(_ text: String) {
    self.text = text
  }

  package var bytes: [UInt8] { Array(text.utf8) }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "<secret>" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
