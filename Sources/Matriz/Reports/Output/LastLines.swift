/// The end of what a step printed, for people.
struct LastLines {
  /// As many lines are shown.
  static let maximumLines = 50
  /// All of them together.
  static let maximumBytes = 16 * 1_024
  /// As much is read to find them: what a terminal is told takes room and is not shown.
  static let maximumReadBytes = 64 * 1_024

  /// It wrote more before them.
  private(set) var isCut = false
  /// What was taken; of no use before `first`. It is removed once it is half of all: a log may have millions of parts.
  private var taken: [LogSpan] = []
  private var first = 0
  private var byteCount: Int64 = 0

  /// The last parts of the log that the step wrote, in order.
  var spans: ArraySlice<LogSpan> { taken[first...] }

  /// Takes the next part of the log that the step wrote.
  mutating func add(_ span: LogSpan) {
    taken.append(span)
    byteCount += Int64(span.range.count)
    while byteCount > Int64(Self.maximumReadBytes) {
      isCut = true
      let excess = byteCount - Int64(Self.maximumReadBytes)
      let range = taken[first].range
      if Int64(range.count) > excess {
        taken[first].range = (range.lowerBound + excess)..<range.upperBound
        byteCount -= excess
      } else {
        byteCount -= Int64(range.count)
        first += 1
      }
    }
    guard first > taken.count / 2 else { return }
    taken.removeFirst(first)
    first = 0
  }

  /// The lines, as a terminal would show them in the end.
  ///
  /// - Parameters:
  ///   - bytes: of the spans.
  ///   - isCut: they begin in the middle of a line.
  static func text(_ bytes: [UInt8], isCut: Bool) -> String {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if isCut, lines.dropFirst().contains(where: { !$0.isEmpty }) { lines.removeFirst() }
    var shown: [String] = []
    var room = maximumBytes
    for line in lines.reversed() where shown.count < maximumLines {
      let text = TerminalText(Array(lastState(of: line))).plain
      if shown.isEmpty, text.allSatisfy(\.isWhitespace) { continue }
      guard text.utf8.count < room else {
        if shown.isEmpty { shown.append(text.suffix(toBytes: room - 1)) }
        break
      }
      shown.append(text)
      room -= text.utf8.count + 1
    }
    while let first = shown.last, first.allSatisfy(\.isWhitespace) { shown.removeLast() }
    return shown.reversed().joined(separator: "\n")
  }

  /// What a carriage return goes back over is written over: of a progress bar the last state counts.
  private static func lastState(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    line.split(separator: UInt8(ascii: "\r")).last ?? []
  }
}
