/// Faults that a seed chooses, the same ones for the same requests in every run.
///
/// What befalls a request depends on the seed, its method, the shape of its path (ids, numbers and shas taken out) and on
/// how many such requests came before; so neither the order of different requests nor an id that is another today matters.
public struct FaultPlan: Sendable {
  public let seed: UInt64
  /// Which part of the requests goes wrong, from 0 to 1.
  public let rate: Double
  /// What may go wrong.
  public let faults: [FakeGitHub.Fault]

  private let methods: Set<String>?
  private let path: PathPattern
  /// So many requests of one method and shape in a row go wrong at most: whoever tries again gets through.
  private let maximumInARow: Int
  private var counts: [String: Count] = [:]

  private struct Count: Sendable {
    var requests: UInt64 = 0
    var inARow = 0
  }

  /// One of each kind that a client meets in a bad week.
  public static let usualFaults: [FakeGitHub.Fault] = [
    .respond(status: 500), .respond(status: 502), .respond(status: 503, headers: ["Retry-After": "0"]),
    .secondaryRateLimit(retryAfterSeconds: 0, status: 429), .delay(milliseconds: 20), .cut, .cutAfterHandling,
    .truncate(afterBytes: 16), .trickle(bytes: 256, everyMilliseconds: 1),
  ]

  /// - Parameters:
  ///   - methods: `nil` for all.
  ///   - path: as in `FakeGitHub.plan(_:method:path:times:skipping:)`.
  ///   - maximumInARow: of requests of one method and shape; at least 1.
  public static func seeded(
    _ seed: UInt64, rate: Double, faults: [FakeGitHub.Fault] = usualFaults, methods: Set<String>? = nil,
    path: String = "/**", maximumInARow: Int = 2
  ) -> FaultPlan {
    FaultPlan(
      seed: seed, rate: rate, faults: faults, methods: methods, path: PathPattern(path),
      maximumInARow: max(1, maximumInARow))
  }

  /// What goes wrong with this request, if anything does; counts it.
  mutating func take(method: String, path: String) -> FakeGitHub.Fault? {
    guard methods?.contains(method) ?? true, self.path.matches(path), !faults.isEmpty else { return nil }
    let shape = "\(method) \(Self.shape(of: path))"
    var count = counts[shape] ?? Count()
    defer { counts[shape] = count }
    count.requests += 1
    guard count.inARow < maximumInARow else {
      count.inARow = 0
      return nil
    }
    let number = Self.mixed(Self.digest(of: shape) ^ seed &* 0x9E37_79B9_7F4A_7C15 &+ count.requests)
    // 53 bits are what a Double holds exactly.
    guard Double(number >> 11) / 9_007_199_254_740_992 < rate else {
      count.inARow = 0
      return nil
    }
    count.inARow += 1
    return faults[Int(Self.mixed(number) % UInt64(faults.count))]
  }

  /// The path with `*` for each segment that has a digit in it and is a number, a sha or an id.
  private static func shape(of path: String) -> String {
    path.split(separator: "/").map { segment in
      let isNumber = segment.utf8.allSatisfy { (0x30...0x39).contains($0) }
      let isHexadecimal = segment.utf8.allSatisfy { $0.isHexadecimalDigit || $0 == UInt8(ascii: "-") }
      return isNumber || (isHexadecimal && segment.utf8.count >= 7) ? "*" : String(segment)
    }.joined(separator: "/")
  }

  /// FNV-1a, 64 bits: Swift's own hash is another one in each process.
  private static func digest(of text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// SplitMix64's last step (Steele, Lea, Flood 2014).
  private static func mixed(_ value: UInt64) -> UInt64 {
    var mixed = value &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
