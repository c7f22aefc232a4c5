/// The value of the `grpc-timeout` header: at most 8 digits and a unit ("gRPC over HTTP2", Requests).
enum GRPCTimeout {
  /// The longest deadline that is honoured; a longer one is as good as none, and its arithmetic could overflow.
  static let maximumSeconds = 99_999_999.0

  /// The finest unit in which the time still fits into 8 digits; never shorter than asked.
  static func encode(seconds: Double) -> String {
    guard seconds > 0 else { return "0n" }
    for (unit, perSecond) in [("n", 1e9), ("u", 1e6), ("m", 1e3), ("S", 1.0)] {
      let value = (seconds * perSecond).rounded(.up)
      if value <= 99_999_999 { return "\(Int64(value))\(unit)" }
    }
    return "99999999S"
  }

  /// Seconds, or nil if the text is not a timeout.
  static func decode(_ text: String) -> Double? {
    let digits = text.utf8.dropLast()
    guard let unit = text.utf8.last, (1...8).contains(digits.count) else { return nil }
    var value = 0.0
    for digit in digits {
      guard digit >= UInt8(ascii: "0") && digit <= UInt8(ascii: "9") else { return nil }
      value = value * 10 + Double(digit - UInt8(ascii: "0"))
    }
    switch unit {
    case UInt8(ascii: "H"): return min(value * 3600, maximumSeconds)
    case UInt8(ascii: "M"): return min(value * 60, maximumSeconds)
    case UInt8(ascii: "S"): return value
    case UInt8(ascii: "m"): return value / 1e3
    case UInt8(ascii: "u"): return value / 1e6
    case UInt8(ascii: "n"): return value / 1e9
    default: return nil
    }
  }
}
