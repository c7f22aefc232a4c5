/// Durations as Go writes them: `300ms`, `1.5h`, `2h45m`.
enum GoDuration {
  private static let units: [(name: String, nanoseconds: Double)] = [
    ("ns", 1), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3_600e9),
  ]

  /// The duration in nanoseconds; `nil` when the text is none, is negative, or is over 290 years.
  static func nanoseconds(_ text: String) -> Int64? {
    if text == "0" { return 0 }
    guard !text.isEmpty else { return nil }
    var rest = Substring(text)
    var total = 0.0
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isDecimalDigit || $0 == "." }
      guard let number = Double(digits), number.isFinite else { return nil }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { !$0.isDecimalDigit && $0 != "." }
      guard let factor = units.first(where: { $0.name == unit })?.nanoseconds else { return nil }
      rest = rest.dropFirst(unit.count)
      total += number * factor
    }
    return Int64(exactly: total.rounded())
  }

  /// The way Go prints whole seconds and smaller: `5s`, `1m30s`, `250ms`.
  static func text(nanoseconds: Int64) -> String {
    guard nanoseconds >= 1_000_000_000 else { return "\(nanoseconds / 1_000_000)ms" }
    let seconds = nanoseconds / 1_000_000_000
    let hours = seconds / 3_600
    let minutes = seconds / 60 % 60
    var text = hours > 0 ? "\(hours)h" : ""
    if hours > 0 || minutes > 0 { text += "\(minutes)m" }
    return text + "\(seconds % 60)s"
  }
}
