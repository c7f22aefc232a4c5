import Glibc
import Platform
import Synchronization

/// Where the demo tells its story: in colour and with a bar that moves on a terminal, as plain lines anywhere else.
final class Terminal: Sendable {
  private static let barWidth = 28
  private static let barStepNanoseconds: Int64 = 60_000_000

  private struct State {
    /// A bar is on the last line; it goes when something else is printed.
    var isBarShown = false
    var barShownAt: Int64 = 0
    /// The end of output without a line end yet.
    var unfinished: [UInt8] = []
  }

  let isInteractive: Bool
  private let state = Mutex(State())

  init() {
    isInteractive =
      isatty(STDOUT_FILENO) == 1 && ProcessEnvironment["NO_COLOR"] == nil
      && ProcessEnvironment["TERM"] != "dumb"
  }

  func heading(_ text: String) {
    print(isInteractive ? "\n\u{1B}[1m\(text)\u{1B}[0m" : "\n\(text)")
  }

  func line(_ text: String) {
    print("  \(text)")
  }

  func print(_ text: String) {
    state.withLock { state in
      clearBar(&state)
      write(Array((text + "\n").utf8))
    }
  }

  /// Output of a job: whole lines, behind a rule.
  func output(_ bytes: [UInt8]) {
    state.withLock { state in
      state.unfinished += bytes
      guard let end = state.unfinished.lastIndex(of: 10) else { return }
      let lines = state.unfinished[..<end].split(separator: 10, omittingEmptySubsequences: false)
      state.unfinished.removeFirst(end + 1)
      clearBar(&state)
      let text = lines.map { line in
        isInteractive ? Array("  \u{1B}[2m│\u{1B}[0m ".utf8) + line + Array("\u{1B}[0m\n".utf8) : plain(line)
      }
      write(text.flatMap { $0 })
    }
  }

  /// How much of a file has come in, in bytes.
  func progress(_ name: String, bytes: Int64, of total: Int64?, bytesPerSecond: Double, isComplete: Bool) {
    state.withLock { state in
      let now = MonotonicClock.nanoseconds()
      guard isComplete || (isInteractive && now - state.barShownAt > Self.barStepNanoseconds) else { return }
      clearBar(&state)
      state.barShownAt = now
      state.isBarShown = !isComplete
      let bar =
        isComplete
        ? Self.bar(share: 1)
        : total.map { Self.bar(share: Double(bytes) / Double(max(1, $0))) } ?? Self.movingBar(at: now)
      let text = "  \(name) [\(bar)] \(megabytes(bytes)) MB, \(megabytes(Int64(bytesPerSecond))) MB/s"
      write(Array((isComplete ? text + "\n" : text).utf8))
    }
  }

  private static func bar(share: Double) -> String {
    let filled = Int(min(1, max(0, share)) * Double(barWidth))
    return String(repeating: "#", count: filled) + String(repeating: ".", count: barWidth - filled)
  }

  /// While nobody knows how much will come: a block that wanders.
  private static func movingBar(at nanoseconds: Int64) -> String {
    let start = Int(nanoseconds / barStepNanoseconds) % (barWidth - 4)
    return String(repeating: ".", count: start) + "####" + String(repeating: ".", count: barWidth - 4 - start)
  }

  private func megabytes(_ bytes: Int64) -> String {
    "\(bytes / 1_000_000).\(bytes / 100_000 % 10)"
  }

  private func clearBar(_ state: inout State) {
    if state.isBarShown { write(Array("\r\u{1B}[K".utf8)) }
    state.isBarShown = false
  }

  /// A line without control characters and the sequences that they begin.
  private func plain(_ line: ArraySlice<UInt8>) -> [UInt8] {
    var result = Array("  | ".utf8)
    var rest = line
    while let byte = rest.popFirst() {
      if byte == 0x1B {
        if rest.first == UInt8(ascii: "[") {
          rest = rest.drop { !(0x40...0x7E).contains($0) || $0 == UInt8(ascii: "[") }.dropFirst()
        }
      } else if byte >= 32 || byte == 9 {
        result.append(byte)
      }
    }
    return result + [10]
  }

  private func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { return }
      rest = rest.dropFirst(max(0, count))
    }
  }
}
