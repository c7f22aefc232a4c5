/// What stands in the place of a secret.
package enum MaskReplacement: Sendable {
  /// Three stars, however long it was.
  case stars
  /// A star for every byte, so that nothing moves.
  case sameLength
}

/// Masks bytes that come in pieces, cut anywhere.
///
/// What may be the beginning of a secret is held back until it is known: at most `SecretMask.maximumPatternBytes`.
/// Secrets that overlap are replaced as one. The time is linear in the bytes.
package struct MaskingStream: Sendable {
  /// Where a secret lies, in bytes from the stream's beginning.
  private struct Span {
    var start: Int
    var end: Int
    /// Part of it was given out already: three stars are not written twice.
    var isBegun = false
  }

  private var automaton: MaskAutomaton?
  private let replacement: MaskReplacement
  private var state = MaskAutomaton.start

  /// What was read, from the stream's beginning.
  private var position = 0
  /// The bytes before `position` that are not given out; the first of them at `heldStart` in the array.
  private var held: [UInt8] = []
  private var heldStart = 0
  /// Secrets that were found and not wholly given out, in order and apart from each other, from `firstSpan` on.
  private var spans: [Span] = []
  private var firstSpan = 0

  package init(mask: SecretMask, replacement: MaskReplacement) {
    automaton = mask.automaton
    self.replacement = replacement
  }

  /// How many bytes were read and not yet given out.
  package var heldByteCount: Int { held.count - heldStart }

  /// Masks by another mask from the next byte on, one that has all values of the present one; secrets of the new ones
  /// that have begun are found too, as far as they are held back.
  package mutating func use(_ mask: SecretMask) {
    guard mask.automaton !== automaton else { return }
    automaton = mask.automaton
    state = MaskAutomaton.start
    // What is wholly held back is found again; of what is partly given out the rest has to be kept.
    spans = spans[firstSpan...].filter(\.isBegun)
    firstSpan = 0
    state = find(in: held[heldStart...], at: position - heldByteCount)
  }

  /// Takes the next bytes; gives those that are known to be no part of a secret, and the place of those that are.
  package mutating func feed(_ bytes: [UInt8]) -> [UInt8] {
    guard let automaton else { return bytes }
    state = find(in: bytes[...], at: position)
    position += bytes.count
    let waiting = automaton.openBytes(in: state)
    if heldByteCount == 0, firstSpan == spans.count {
      // Nothing to mask here, as nearly always.
      if waiting == 0 { return bytes }
      (held, heldStart) = (Array(bytes.suffix(waiting)), 0)
      return Array(bytes.dropLast(waiting))
    }
    held += bytes
    return giveOut(before: position - waiting)
  }

  /// Gives what is held back: nothing comes after it, or nothing that belongs to it.
  package mutating func flush() -> [UInt8] {
    state = MaskAutomaton.start
    return giveOut(before: position)
  }

  // MARK: Finding

  /// Reads bytes whose first is at `start` of the stream, and notes the secrets in them.
  private mutating func find(in bytes: ArraySlice<UInt8>, at start: Int) -> MaskAutomaton.State {
    guard let automaton else { return MaskAutomaton.start }
    let from = state
    return bytes.withUnsafeBufferPointer { buffer in
      automaton.read(buffer, from: from) { end, count in note(from: start + end - count, to: start + end) }
    }
  }

  /// The ends come in order, the starts need not: what overlaps becomes one.
  private mutating func note(from start: Int, to end: Int) {
    var span = Span(start: start, end: end)
    while spans.count > firstSpan, let last = spans.last, last.end > start {
      span.isBegun = span.isBegun || last.isBegun
      span.start = min(span.start, last.start)
      span.end = max(span.end, last.end)
      spans.removeLast()
    }
    spans.append(span)
  }

  // MARK: Giving out

  /// Takes what lies before `limit` out of the held bytes, secrets replaced.
  private mutating func giveOut(before limit: Int) -> [UInt8] {
    var place = position - heldByteCount
    var given: [UInt8] = []
    given.reserveCapacity(limit - place)
    while firstSpan < spans.count, spans[firstSpan].start < limit {
      let span = spans[firstSpan]
      let start = max(span.start, place)
      let end = min(span.end, limit)
      take(start - place, into: &given)
      drop(end - start)
      place = end
      switch replacement {
      case .stars: if !span.isBegun { given += [UInt8](repeating: UInt8(ascii: "*"), count: 3) }
      case .sameLength: given += [UInt8](repeating: UInt8(ascii: "*"), count: end - start)
      }
      if span.end > limit {
        spans[firstSpan].isBegun = true
        spans[firstSpan].start = limit
        break
      }
      firstSpan += 1
    }
    take(limit - place, into: &given)
    forgetGiven()
    return given
  }

  private mutating func take(_ count: Int, into given: inout [UInt8]) {
    given += held[heldStart..<(heldStart + count)]
    heldStart += count
  }

  private mutating func drop(_ count: Int) {
    heldStart += count
  }

  /// What was given out is moved away only when it is as much as what stays.
  private mutating func forgetGiven() {
    if heldStart * 2 >= held.count {
      held.removeFirst(heldStart)
      heldStart = 0
    }
    if firstSpan * 2 >= spans.count {
      spans.removeFirst(firstSpan)
      firstSpan = 0
    }
  }
}
