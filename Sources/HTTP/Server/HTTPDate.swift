import Glibc
import Synchronization

/// The time as `Date` has it (RFC 9110, section 5.6.7): `Sat, 01 Mar 2025 09:30:00 GMT`.
enum HTTPDate {
  private static let last = Mutex<(second: Int, text: String)>((-1, ""))

  /// The current second's text, made once per second.
  static func now() -> String {
    let second = time(nil)
    return last.withLock { last in
      if last.second != second { last = (second, text(second: second)) }
      return last.text
    }
  }

  static func text(second: Int) -> String {
    var second = second
    var parts = tm()
    gmtime_r(&second, &parts)
    let day = days[min(max(0, Int(parts.tm_wday)), 6)]
    let month = months[min(max(0, Int(parts.tm_mon)), 11)]
    let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { twoDigits($0) }.joined(separator: ":")
    return "\(day), \(twoDigits(parts.tm_mday)) \(month) \(Int(parts.tm_year) + 1_900) \(clock) GMT"
  }

  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  private static func twoDigits(_ value: Int32) -> String {
    value < 10 ? "0\(value)" : "\(value)"
  }
}
