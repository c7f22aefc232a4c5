import Glibc

/// Finds workflow commands in a job's output, which comes in pieces cut anywhere, of two streams that take turns.
///
/// Only lines that may be commands are looked at further than to their ends, and only those are kept from one piece to
/// the next.
struct WorkflowCommandScanner {
  /// Of a longer line that may be a command this much counts: three bytes for each that GitHub takes of a message, and
  /// room for its properties.
  static let maximumLineBytes = 256 * 1_024

  /// What GitHub's runner refuses as a word that ends `stop-commands`: a program may print these by chance.
  private static let reservedWords: Set<String> = [
    "add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice",
    "pause-logging", "remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
  ]

  /// One stream's line that has not ended.
  private struct OpenLine {
    var bytes: [UInt8] = []
    /// The rest of it is of no interest.
    var isSkipped = false
  }

  /// What ends the pause that `stop-commands` began, in lower case.
  private var resumeWord: String?
  private var open = [OpenLine(), OpenLine()]
  private var found: [Finding] = []

  /// Takes output of one stream, 0 or 1.
  mutating func take(_ bytes: UnsafeRawBufferPointer, stream: Int) {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
    let stream = stream == 1 ? 1 : 0
    var start = 0
    if open[stream].isSkipped || !open[stream].bytes.isEmpty {
      let end = Self.lineEnd(base, from: 0, count: bytes.count)
      add(UnsafeRawBufferPointer(rebasing: bytes[..<(end ?? bytes.count)]), to: stream)
      guard let end else { return }
      close(stream)
      start = end + 1
    }
    while start < bytes.count {
      let end = Self.lineEnd(base, from: start, count: bytes.count)
      // Nearly every line ends here: it begins with none of the bytes that a command begins with.
      if Self.isInteresting(bytes[start]) {
        let line = UnsafeRawBufferPointer(rebasing: bytes[start..<(end ?? bytes.count)])
        if end == nil { add(line, to: stream) } else { read(line) }
      } else if end == nil {
        open[stream].isSkipped = true
      }
      guard let end else { return }
      start = end + 1
    }
  }

  /// The step has ended, and with it the lines that are open, and a pause.
  mutating func endStep() {
    for stream in open.indices { close(stream) }
    resumeWord = nil
  }

  /// What was found since this was asked last.
  mutating func takeFindings() -> [Finding] {
    guard !found.isEmpty else { return [] }
    defer { found = [] }
    return found
  }

  // MARK: Lines

  private static func lineEnd(_ base: UnsafeRawPointer, from start: Int, count: Int) -> Int? {
    memchr(base + start, Int32(UInt8(ascii: "\n")), count - start).map { UnsafeRawPointer($0) - base }
  }

  private static func isInteresting(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ":") || byte == UInt8(ascii: "[") || isBlank(byte)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (9...13).contains(byte) }

  /// Whether a whole line has the beginning of a command; a quick look, for there are logs of nothing but `[task] text`.
  private static func hasBeginning(_ line: UnsafeRawBufferPointer) -> Bool {
    let end = min(line.count, WorkflowCommand.maximumPrefixBytes)
    var index = 0
    while index < end, isBlank(line[index]) { index += 1 }
    if index < end, line[index] == UInt8(ascii: "["), let base = line.baseAddress {
      guard let close = memchr(base + index, Int32(UInt8(ascii: "]")), end - index) else { return false }
      index = UnsafeRawPointer(close) - base + 1
      while index < end, isBlank(line[index]) { index += 1 }
    }
    return index + 1 < line.count && line[index] == UInt8(ascii: ":") && line[index + 1] == UInt8(ascii: ":")
  }

  private mutating func add(_ part: UnsafeRawBufferPointer, to stream: Int) {
    guard !open[stream].isSkipped else { return }
    let room = Self.maximumLineBytes - open[stream].bytes.count
    open[stream].bytes.append(contentsOf: part.prefix(room))
    if !WorkflowCommand.mayBegin(with: open[stream].bytes) {
      open[stream].bytes = []
      open[stream].isSkipped = true
    }
  }

  private mutating func close(_ stream: Int) {
    let line = open[stream]
    open[stream] = OpenLine()
    if !line.isSkipped { line.bytes.withUnsafeBytes { read($0) } }
  }

  private mutating func read(_ line: UnsafeRawBufferPointer) {
    guard Self.hasBeginning(line) else { return }
    var line = line.prefix(Self.maximumLineBytes)
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    guard let command = WorkflowCommand(line) else { return }
    if let word = resumeWord {
      if command.name == word { resumeWord = nil }
    } else if command.name == "stop-commands" {
      let word = command.message.lowercased()
      if !word.isEmpty, !Self.reservedWords.contains(word) { resumeWord = word }
    } else if let finding = Finding(command) {
      found.append(finding)
    }
  }
}
