import TestSupport
import Testing

@testable import Platform

@Suite("Times and ids", .fewAtOnce)
struct TimestampTests {
  @Test(
    "times are written as RFC 3339 and read back",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1_740_821_400_250, "2025-03-01T09:30:00.250Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ] as [(Int64, String)])
  func written(milliseconds: Int64, text: String) {
    #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
    #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
  }

  @Test("other offsets are understood, other texts are not")
  func read() {
    #expect(Timestamp(rfc3339: "2025-03-01T10:30:00+01:00")?.rfc3339 == "2025-03-01T09:30:00.000Z")
    #expect(Timestamp(rfc3339: "yesterday") == nil)
  }

  @Test("ids are version 7, and sort in the order in which they were made")
  func ids() {
    let ids = (0..<5_000).map { _ in UUIDv7.generate() }
    #expect(ids == ids.sorted())
    #expect(Set(ids).count == ids.count)
    #expect(ids.allSatisfy { UUIDv7.isValid($0) && $0.dropFirst(14).first == "7" })
  }
}
