import FoundationEssentials
import Glibc

/// A moment of wall-clock time, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Written as RFC 3339 in UTC with three decimals (`2025-03-01T09:30:00.250Z`), in JSON as well.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
  package var milliseconds: Int64

  package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }

  package static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// The time as RFC 3339; computed by the civil-from-days rule, so it needs no locale or time zone.
  package var rfc3339: String {
    let day = milliseconds.floorDivided(by: 86_400_000)
    let rest = Int(milliseconds - day * 86_400_000)
    let (year, month, dayOfMonth) = Self.civil(fromDays: day)
    let time = [rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60].map { $0.padded(2) }
    return "\(Int(year).padded(4))-\(month.padded(2))-\(dayOfMonth.padded(2))T"
      + time.joined(separator: ":") + ".\((rest % 1_000).padded(3))Z"
  }

  package var description: String { rfc3339 }

  /// Reads RFC 3339 with any offset and any number of decimals; `nil` for anything else.
  package init?(rfc3339 text: String) {
    for style in [
      Date.ISO8601FormatStyle(includingFractionalSeconds: true), Date.ISO8601FormatStyle(),
    ] {
      guard let date = try? style.parse(text) else { continue }
      let milliseconds = (date.timeIntervalSince1970 * 1_000).rounded()
      guard abs(milliseconds) < 1e15 else { return nil }
      self.init(milliseconds: Int64(milliseconds))
      return
    }
    return nil
  }

  private static func civil(fromDays days: Int64) -> (year: Int64, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = shifted.floorDivided(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), Int(month),
      Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    )
  }
}

extension Timestamp: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let time = Timestamp(rfc3339: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "'\(text)' is not an RFC 3339 time")
    }
    self = time
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(rfc3339)
  }
}

extension Int64 {
  fileprivate func floorDivided(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}

extension Int {
  fileprivate func padded(_ width: Int) -> String {
    let text = String(self)
    return String(repeating: "0", count: Swift.max(0, width - text.count)) + text
  }
}
