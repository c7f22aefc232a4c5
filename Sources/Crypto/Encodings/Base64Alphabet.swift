/// The 64 digits of one flavour of base 64, in both directions.
struct Base64Alphabet: Sendable {
  private static let padding = UInt8(ascii: "=")
  private static let notADigit: UInt8 = 0xFF

  private let digits: [UInt8]
  private let values: [UInt8]

  init(_ alphabet: String) {
    digits = Array(alphabet.utf8)
    var values = [UInt8](repeating: Self.notADigit, count: 256)
    for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
    self.values = values
  }

  func encode(_ bytes: some Collection<UInt8>, padded: Bool) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var pending: UInt32 = 0
    var pendingBits = 0
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      pendingBits += 8
      while pendingBits >= 6 {
        pendingBits -= 6
        text.append(digits[Int(pending >> UInt32(pendingBits) & 63)])
      }
    }
    if pendingBits > 0 {
      text.append(digits[Int(pending << UInt32(6 - pendingBits) & 63)])
    }
    while padded, !text.count.isMultiple(of: 4) { text.append(Self.padding) }
    return String(decoding: text, as: UTF8.self)
  }

  func decode(_ text: some StringProtocol, padding: Base64Padding) -> [UInt8]? {
    guard let encoded = withoutPadding(Array(text.utf8), padding) else { return nil }
    // One digit over a multiple of four holds six bits: not a byte.
    guard encoded.count % 4 != 1 else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(encoded.count / 4 * 3 + 2)
    var pending: UInt32 = 0
    var pendingBits = 0
    for digit in encoded {
      let value = values[Int(digit)]
      guard value != Self.notADigit else { return nil }
      pending = (pending << 6 | UInt32(value)) & 0xFFFF
      pendingBits += 6
      if pendingBits >= 8 {
        pendingBits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(pendingBits)))
      }
    }
    // Bits left over must be zero, else several texts would mean the same bytes.
    guard pending & (1 << UInt32(pendingBits) - 1) == 0 else { return nil }
    return bytes
  }

  private func withoutPadding(_ text: [UInt8], _ rule: Base64Padding) -> ArraySlice<UInt8>? {
    let padded = text.reversed().prefix { $0 == Self.padding }.count
    let encoded = text.dropLast(padded)
    switch rule {
    case .forbidden where padded > 0: return nil
    case .required where padded == 0 && !text.count.isMultiple(of: 4): return nil
    default: break
    }
    guard padded == 0 || (padded <= 2 && text.count.isMultiple(of: 4)) else { return nil }
    return encoded
  }
}
