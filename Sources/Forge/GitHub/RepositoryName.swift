package import Forge

/// `owner/name`, checked, so that it can stand in a URL's path.
package struct RepositoryName: Sendable, Hashable, CustomStringConvertible {
  private static let maximumCitedCharacters = 200

  package let owner: String
  package let name: String

  /// - Throws: `malformed` with a message that begins with `invalid repository format`.
  package init(_ text: String) throws(ForgeError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy(Self.isSegment) else {
      let cited = text.cut(toScalars: Self.maximumCitedCharacters)
      throw ForgeError(.malformed, "invalid repository format '\(cited)': expected owner/name")
    }
    owner = String(parts[0])
    name = String(parts[1])
  }

  package var description: String { "\(owner)/\(name)" }

  private static func isSegment(_ text: Substring) -> Bool {
    guard !text.isEmpty, text.utf8.count <= 100, text != ".", text != ".." else { return false }
    return text.utf8.allSatisfy {
      switch $0 {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
      default: false
      }
    }
  }
}
