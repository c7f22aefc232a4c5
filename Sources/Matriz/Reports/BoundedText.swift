extension String {
  /// The text, or as many of its last characters as fit into so many bytes, with `…` in the place of the rest: the other end
  /// of `cut(toBytes:)`.
  func suffix(toBytes maximumBytes: Int) -> String {
    guard utf8.count > maximumBytes else { return self }
    var room = maximumBytes - "…".utf8.count
    var start = endIndex
    while start > startIndex {
      let before = index(before: start)
      room -= self[before].utf8.count
      if room < 0 { break }
      start = before
    }
    return "…" + self[start...]
  }
}
