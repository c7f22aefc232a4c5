import Platform

/// Sizes as people write them: `65536`, `64KiB`, `1MiB`, `2GiB`, `500MB`.
enum ByteCount {
  private static let units: [(suffix: String, bytes: Int)] = [
    ("KiB", 1_024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("kB", 1_000), ("MB", 1_000_000),
    ("GB", 1_000_000_000), ("B", 1), ("", 1),
  ]

  static func parse(_ text: String, option: String) throws(UsageError) -> Int {
    for unit in units where text.hasSuffix(unit.suffix) {
      guard let count = Int(text.dropLast(unit.suffix.count)), count > 0 else { continue }
      let (bytes, isTooLarge) = count.multipliedReportingOverflow(by: unit.bytes)
      if !isTooLarge { return bytes }
    }
    throw UsageError("benchmarks: --\(option) takes a size such as 64KiB or 1GiB, not '\(text)'")
  }

  static func text(_ bytes: Int) -> String {
    for unit in units[..<3].reversed() where bytes % unit.bytes == 0 {
      return "\(bytes / unit.bytes) \(unit.suffix)"
    }
    return "\(bytes) B"
  }
}
