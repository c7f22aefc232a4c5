/// The secrets that output must not show.
///
/// Each value is masked as it is, line by line when it has several (with LF and CRLF), and in base 64, percent-encoded
/// and escaped for JSON. Values may be added while streams are being masked; see `MaskingStream.use`.
package struct SecretMask: Sendable {
  /// Values with fewer characters are not masked: they would be found everywhere, and hiding them shows them.
  package static let minimumCharacters = 4
  /// Patterns are cut to this, and the pieces are found one by one; so no stream holds back more.
  package static let maximumPatternBytes = 4_096
  /// The most bytes of all patterns together; a mask takes up to 40 times as much memory.
  package static let maximumTotalBytes = 1_024 * 1_024

  private var values: Set<String> = []
  private var patterns: Set<[UInt8]> = []
  private var totalBytes = 0
  /// Nothing when there is nothing to mask.
  private(set) var automaton: MaskAutomaton?

  package init() {}

  /// A mask of these values; those that cannot be masked are left out.
  package init(_ values: some Sequence<String>) {
    add(contentsOf: values)
  }

  package var isEmpty: Bool { patterns.isEmpty }

  /// Whether a value has too few characters to be masked, blanks at its borders not counted.
  package static func isTooShort(_ value: String) -> Bool {
    value.withoutBlanks.prefix(minimumCharacters).count < minimumCharacters
  }

  /// Masks `value` from now on.
  ///
  /// - Returns: `false` when it is not masked: it is too short (`isTooShort`), or the mask is full (`maximumTotalBytes`).
  @discardableResult
  package mutating func add(_ value: String) -> Bool {
    add(contentsOf: CollectionOfOne(value)).isEmpty
  }

  /// Masks several values from now on, for about the price of one.
  ///
  /// - Returns: those that are not masked.
  @discardableResult
  package mutating func add(contentsOf values: some Sequence<String>) -> [String] {
    let before = totalBytes
    let unmasked = values.filter { !insert($0) }
    if totalBytes != before { automaton = MaskAutomaton(patterns) }
    return unmasked
  }

  /// The text with every secret replaced by `***`.
  package func masked(_ text: String) -> String {
    guard automaton != nil else { return text }
    var stream = MaskingStream(mask: self, replacement: .stars)
    return String(decoding: stream.feed(Array(text.utf8)) + stream.flush(), as: UTF8.self)
  }

  private mutating func insert(_ value: String) -> Bool {
    if Self.isTooShort(value) { return false }
    let value = value.withoutBlanks
    if values.contains(value) { return true }
    // The forms of a long value take many times its size: it is refused before they are made.
    guard totalBytes + value.utf8.count <= Self.maximumTotalBytes else { return false }
    let added = Set(SecretForms.all(of: value).flatMap(Self.pieces)).subtracting(patterns)
    let bytes = added.reduce(0) { $0 + $1.count }
    guard totalBytes + bytes <= Self.maximumTotalBytes else { return false }
    patterns.formUnion(added)
    totalBytes += bytes
    values.insert(value)
    return true
  }

  /// Parts that cover the pattern. Each overlaps with the next, so that they are replaced as one, and none is so short
  /// that it is found by chance.
  private static func pieces(of pattern: [UInt8]) -> [[UInt8]] {
    guard pattern.count > maximumPatternBytes else { return [pattern] }
    let starts = stride(from: 0, to: pattern.count - maximumPatternBytes, by: maximumPatternBytes - 1)
    return starts.map { Array(pattern[$0..<($0 + maximumPatternBytes)]) } + [
      pattern.suffix(maximumPatternBytes)
    ]
  }
}
