internal import Forge

/// Names of git's that come from outside and will be given to git or put in a URL.
enum GitNames {
  /// A full object name in lower-case hexadecimal: SHA-1 or SHA-256.
  static func isObjectName(_ text: String) -> Bool {
    (text.utf8.count == 40 || text.utf8.count == 64)
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }

  /// - Throws: `malformed`.
  static func check(sha: String) throws(ForgeError) {
    guard isObjectName(sha) else {
      throw ForgeError(.malformed, "'\(sha)' is not the full name of a commit")
    }
  }

  /// The name that stands for "no object": a ref that was made or deleted has it on one side.
  static func isNull(_ objectName: String) -> Bool {
    objectName.utf8.allSatisfy { $0 == UInt8(ascii: "0") }
  }

  /// What git-check-ref-format(1) allows, as far as another reading would be dangerous.
  static func isRef(_ text: String) -> Bool {
    guard text.hasPrefix("refs/"), text.utf8.count <= 1_024, !text.contains(".."), !text.hasSuffix("/") else {
      return false
    }
    return text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !forbidden.contains($0) }
  }

  private static let forbidden = Set("~^:?*[\\".utf8)
}
