import Masking
import Testing

@Suite("Masking a stream")
struct MaskingStreamTests {
  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private static func masked(
    _ pieces: [[UInt8]], by mask: SecretMask, _ replacement: MaskReplacement = .stars
  ) -> [UInt8] {
    var stream = MaskingStream(mask: mask, replacement: replacement)
    return pieces.flatMap { stream.feed($0) } + stream.flush()
  }

  private static let secrets = [
    "swordfish", "fish-and-chips", "abcabcabd", "first line\nsecond line", "größe",
  ]
  private static let sample =
    "a swordfish-and-chips b abcabcabcabd swordfis first line\r\nsecond line\n größ größe c3dvcmRmaXNo end swor"
  private static let expected = "a *** b abc*** swordfis ***\n größ *** *** end swor"

  @Test("Whatever the pieces in which it comes, the same is masked")
  func everySplit() {
    let mask = SecretMask(Self.secrets)
    let sample = Self.bytes(Self.sample)
    #expect(Self.text(Self.masked([sample], by: mask)) == Self.expected)
    #expect(Self.text(Self.masked(sample.map { [$0] }, by: mask)) == Self.expected)
    for split in 0...sample.count {
      let pieces = [Array(sample[..<split]), Array(sample[split...])]
      #expect(Self.text(Self.masked(pieces, by: mask)) == Self.expected, "split at \(split)")
    }
  }

  @Test("A replacement of the same length moves nothing")
  func sameLength() {
    let mask = SecretMask(Self.secrets)
    let sample = Self.bytes(Self.sample)
    let whole = Self.masked([sample], by: mask, .sameLength)
    #expect(whole.count == sample.count)
    #expect(Self.text(whole).hasPrefix("a \(String(repeating: "*", count: 19)) b abc"))
    for split in 0...sample.count {
      #expect(
        Self.masked([Array(sample[..<split]), Array(sample[split...])], by: mask, .sameLength) == whole)
    }
  }

  @Test(
    "Only what may be the beginning of a secret is held back",
    arguments: [
      ("password: ", 0), ("a sword", 5), ("a swordfish", 4), ("fish-and-chip", 13), ("\n\0\u{7F}", 0),
      ("swordfishx", 0),
    ])
  func heldBack(text: String, held: Int) {
    var stream = MaskingStream(mask: SecretMask(["swordfish", "fish-and-chips"]), replacement: .stars)
    let given = stream.feed(Self.bytes(text))
    #expect(stream.heldByteCount == held)
    let rest = stream.flush()
    #expect(stream.heldByteCount == 0)
    #expect(Self.text(given + rest) == SecretMask(["swordfish", "fish-and-chips"]).masked(text))
  }

  @Test("After a flush a new secret is found, and what was flushed belongs to none")
  func flush() {
    var stream = MaskingStream(mask: SecretMask(["swordfish"]), replacement: .stars)
    var given = stream.feed(Self.bytes("sword")) + stream.flush()
    given += stream.feed(Self.bytes("fish swordfish")) + stream.flush()
    #expect(Self.text(given) == "swordfish ***")
  }

  @Test(
    "A secret that is added while bytes are held back is masked from there on, and the old ones stay masked")
  func added() {
    for split in 0...Self.bytes("x abcdefgh swordfish y").count {
      var mask = SecretMask(["abcdefgh"])
      var stream = MaskingStream(mask: mask, replacement: .stars)
      let sample = Self.bytes("x abcdefgh swordfish y")
      var given = stream.feed(Array(sample[..<split]))
      mask.add("swordfish")
      stream.use(mask)
      given += stream.feed(Array(sample[split...])) + stream.flush()
      // The new secret is found when none of it was let through before.
      let expected = split <= 11 ? "x *** *** y" : split < 20 ? "x *** swordfish y" : nil
      if let expected { #expect(Self.text(given) == expected, "split at \(split)") }
      #expect(Self.text(given).hasPrefix("x *** "))
    }
  }

  @Test("A secret that has begun to be masked and goes on under a new mask gets its stars once")
  func addedInside() {
    var mask = SecretMask(["aaaab", "xaaaa"])
    var stream = MaskingStream(mask: mask, replacement: .stars)
    var given = stream.feed(Self.bytes("-xaaaa"))
    mask.add("swordfish")
    stream.use(mask)
    given += stream.feed(Self.bytes("b-")) + stream.flush()
    #expect(Self.text(given) == "-***-")
  }

  @Test("Without secrets everything goes through at once")
  func emptyMask() {
    var stream = MaskingStream(mask: SecretMask(), replacement: .stars)
    let all = Array(UInt8.min...UInt8.max)
    #expect(stream.feed(all) == all)
    #expect(stream.heldByteCount == 0)
  }

  @Test("Random texts over few letters: what a search byte by byte finds is what is masked")
  func againstSearch() {
    var random = Numbers(seed: 42)
    for _ in 0..<400 {
      let secrets = (0..<Int.random(in: 1...5, using: &random)).map { _ in
        String((0..<Int.random(in: 4...9, using: &random)).map { _ in "ab".randomElement(using: &random)! })
      }
      let sample = (0..<200).map { _ in "abc".utf8.randomElement(using: &random)! }
      let stars = Self.searched(sample, for: secrets)
      var pieces: [[UInt8]] = []
      var rest = sample[...]
      while !rest.isEmpty {
        let count = Int.random(in: 1...20, using: &random)
        pieces.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      #expect(Self.masked(pieces, by: SecretMask(secrets), .sameLength) == stars)
    }
  }

  private static func searched(_ sample: [UInt8], for secrets: [String]) -> [UInt8] {
    var stars = sample
    for secret in secrets.map(bytes) {
      for start in 0...(sample.count - secret.count)
      where Array(sample[start..<(start + secret.count)]) == secret {
        for index in start..<(start + secret.count) { stars[index] = UInt8(ascii: "*") }
      }
    }
    return stars
  }

  @Test(
    "Text made to be nearly a secret takes no longer than any other, and what is held is bounded",
    .timeLimit(.minutes(2)), arguments: [1, 4_096, 65_536])
  func adversarial(pieceBytes: Int) {
    let long = String(repeating: "a", count: 4_000)
    let secrets = [long + "b"] + (0..<4).map { String(repeating: "a", count: 3_000 - $0) + "c\($0)" }
    var stream = MaskingStream(mask: SecretMask(secrets), replacement: .stars)
    let piece = [UInt8](repeating: UInt8(ascii: "a"), count: pieceBytes)
    let pieces = 500_000 / pieceBytes
    var given = 0
    for _ in 0..<pieces {
      given += stream.feed(piece).count
      if stream.heldByteCount > SecretMask.maximumPatternBytes { Issue.record("too much is held") }
    }
    #expect(stream.heldByteCount == 4_000)
    given += stream.flush().count
    #expect(given == pieces * pieceBytes)
  }
}

/// The same numbers each time (SplitMix64).
private struct Numbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
