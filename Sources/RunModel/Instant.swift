/// A moment as the machine sees it: whole milliseconds since 1970. It comes in with each event; the model has no clock.
package struct Instant: Hashable, Comparable, Codable, Sendable {
  package var milliseconds: Int64

  package init(milliseconds: Int64) {
    self.milliseconds = milliseconds
  }

  /// The moment so many seconds later; the last one there is when that is too far. Seconds come from a
  /// configuration, and no number in one may bring the server down.
  package func adding(seconds: Int) -> Instant {
    let (added, isTooLong) = Int64(seconds).multipliedReportingOverflow(by: 1_000)
    let (sum, isTooFar) = milliseconds.addingReportingOverflow(added)
    return Instant(milliseconds: isTooLong || isTooFar ? .max : sum)
  }

  package static func < (left: Instant, right: Instant) -> Bool {
    left.milliseconds < right.milliseconds
  }

  package init(from decoder: any Decoder) throws {
    milliseconds = try decoder.singleValueContainer().decode(Int64.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(milliseconds)
  }
}
