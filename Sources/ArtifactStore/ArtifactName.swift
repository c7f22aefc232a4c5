/// Which names an artifact may have.
package enum ArtifactName {
  /// The longest name in bytes of UTF-8, which is what file systems take.
  package static let maximumBytes = 255

  /// A name is one path segment: not empty, without a leading dot (those are the store's own), slash,
  /// backslash or control character. It is never changed to make it fit.
  package static func check(_ name: String) throws(ArtifactError) {
    guard let rule = brokenRule(name) else { return }
    throw ArtifactError(.invalidName, "'\(name.prefix(maximumBytes))' is no name of an artifact: it \(rule)")
  }

  private static func brokenRule(_ name: String) -> String? {
    if name.isEmpty { return "is empty" }
    if name.utf8.count > maximumBytes { return "has more than \(maximumBytes) bytes" }
    if name.utf8.first == UInt8(ascii: ".") { return "begins with a dot" }
    if name.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) {
      return "has a slash or a backslash"
    }
    if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      return "has a control character"
    }
    return nil
  }
}
