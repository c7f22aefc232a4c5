import Platform

/// The text on one line and without control characters: titles and names come from strangers, and what they say
/// must not move the cursor of whoever reads them.
func plainText(_ text: String) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { scalar in
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .format: " "
        default: scalar
        }
      }))
}

/// How long something took: `4.2 s`, `2 min 5 s`; `-` as long as that is not known.
func duration(from start: Timestamp?, to end: Timestamp?) -> String {
  guard let start, let end else { return "-" }
  let milliseconds = max(0, end.milliseconds - start.milliseconds)
  let seconds = milliseconds / 1_000
  return seconds < 60
    ? "\(seconds).\(milliseconds / 100 % 10) s" : "\(seconds / 60) min \(seconds % 60) s"
}

/// Lines with the columns one below the other, without the controls that the cells may have.
func table(_ rows: [[String]]) -> String {
  let rows = rows.map { $0.map(plainText) }
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in
    rows.map { $0.indices.contains(column) ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    var line = zip(row, widths)
      .map { cell, width in cell + String(repeating: " ", count: max(0, width - cell.count)) }
      .joined(separator: "  ")
    while line.hasSuffix(" ") { line.removeLast() }
    return line + "\n"
  }
  .joined()
}
