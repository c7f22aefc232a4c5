/// What happened, as a person reads it. Two runs of one seed have the same trace, byte for byte.
struct Trace {
  private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  private(set) var count = 0
  /// How many of the newest lines are kept; without any, no texts are made, which takes most of the time. A seed that
  /// fails is run again with them.
  let maximumLines: Int
  private var ring: [String] = []

  init(maximumLines: Int) { self.maximumLines = maximumLines }

  /// The newest lines, oldest first.
  var lines: [String] {
    guard count > maximumLines else { return ring }
    let start = count % maximumLines
    return Array(ring[start...] + ring[..<start])
  }

  mutating func add(at time: Int64, _ text: () -> String) {
    guard maximumLines > 0 else { return }
    defer { count += 1 }
    let line = "\(Self.clock(time))  \(text())"
    for byte in line.utf8 { mix(UInt64(byte)) }
    if ring.count < maximumLines { ring.append(line) } else { ring[count % maximumLines] = line }
  }

  /// Takes a number into the hash: where the random numbers were at a step says which way the world went.
  mutating func mix(_ number: UInt64) {
    hash = (hash ^ number) &* 0x100_0000_01B3
  }

  /// `1:02:03.456`
  private static func clock(_ milliseconds: Int64) -> String {
    func padded(_ number: Int64, _ width: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, width - text.count)) + text
    }
    let seconds = milliseconds / 1_000
    return "\(seconds / 3_600):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
      + ".\(padded(milliseconds % 1_000, 3))"
  }
}
