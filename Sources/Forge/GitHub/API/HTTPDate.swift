internal import Platform

/// A time as answers' heads have it (RFC 9110, section 5.6.7): `Sat, 01 Mar 2025 09:30:00 GMT`.
struct HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  let timestamp: Timestamp

  /// `nil` for anything else than the one form that is written nowadays.
  init?(_ text: String) {
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT",
      let month = Self.months.firstIndex(of: String(parts[2])), parts[1].utf8.count == 2,
      parts[3].utf8.count == 4
    else { return nil }
    let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
    guard let timestamp = Timestamp(rfc3339: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z") else {
      return nil
    }
    self.timestamp = timestamp
  }
}
