/// The rules for names and links inside an archive, which may come from anybody.
enum EntryName {
  static let maximumBytes = 4_096
  static let maximumSegmentBytes = 255

  /// The path without empty segments and `.`; refused is one that is absolute (`C:/` as well), leads out (`..`), is empty, too long, or has a
  /// backslash (a separator elsewhere) or a control character.
  static func checked(_ name: String) throws(ArchiveError) -> String {
    guard name.utf8.count <= maximumBytes else {
      throw ArchiveError(.limit, "a name has \(name.utf8.count) bytes, more than \(maximumBytes)")
    }
    let isOnDrive =
      name.utf8.dropFirst().first == UInt8(ascii: ":") && name.utf8.dropFirst(2).first == UInt8(ascii: "/")
    guard !name.hasPrefix("/"), !isOnDrive else { throw refusal(of: name, "is absolute") }
    guard !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f || $0 == UInt8(ascii: "\\") }) else {
      throw refusal(of: name, "has a control character or a backslash")
    }
    let segments = name.split(separator: "/").filter { $0 != "." }
    guard !segments.isEmpty else { throw refusal(of: name, "names nothing") }
    guard !segments.contains("..") else { throw refusal(of: name, "leads out of the archive") }
    guard segments.allSatisfy({ $0.utf8.count <= maximumSegmentBytes }) else {
      throw ArchiveError(.limit, "a part of '\(shown(name))' has more than \(maximumSegmentBytes) bytes")
    }
    return segments.joined(separator: "/")
  }

  /// Refuses a link that leads out of the archive. `..` may only stand in front: behind another link it would go up from
  /// where that one leads.
  static func checkLink(_ target: String, at name: String) throws(ArchiveError) {
    let segments = target.split(separator: "/").filter { $0 != "." }
    let ups = segments.prefix { $0 == ".." }.count
    let depth = name.split(separator: "/").count - 1
    guard !target.isEmpty, !target.hasPrefix("/"), ups <= depth, !segments.dropFirst(ups).contains("..")
    else {
      throw ArchiveError(
        .refused, "the link '\(shown(name))' leads to '\(shown(target))', out of the archive")
    }
  }

  /// A foreign text, short enough for a message and without control characters.
  static func shown(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(200).map { $0.value < 0x20 ? "?" : $0 }))
  }

  private static func refusal(of name: String, _ reason: String) -> ArchiveError {
    ArchiveError(.refused, "the name '\(shown(name))' \(reason)")
  }
}
