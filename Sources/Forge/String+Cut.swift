/// Texts cut to what forges take; a character of several code points is kept whole or left out, and `…` says that
/// something is missing.
extension String {
  /// - Parameter maximum: code points, by which forges count; at least 1.
  package func cut(toScalars maximum: Int) -> String {
    guard unicodeScalars.count > maximum else { return self }
    return beginning(maximum - 1) { $0.unicodeScalars.count } + "…"
  }

  /// - Parameter maximum: bytes of UTF-8; at least 3.
  package func cut(toBytes maximum: Int) -> String {
    guard utf8.count > maximum else { return self }
    return beginning(maximum - "…".utf8.count) { $0.utf8.count } + "…"
  }

  private func beginning(_ room: Int, _ size: (Character) -> Int) -> Substring {
    var room = room
    return prefix { character in
      room -= size(character)
      return room >= 0
    }
  }
}
