/// Finds out, from its index and its size, how far a log got before whatever ended the process that wrote it.
///
/// Output goes into the log first and into the index after it; a note into the index first. So a log that is longer
/// than its index says has output at its end, and a note that is not wholly in the log was not written.
struct LogRecovery {
  /// How many bytes of the index are good; the rest is cut off.
  private(set) var indexSize: Int64 = 0
  /// How many bytes of the log are good; the rest is cut off.
  private(set) var size: Int64
  private(set) var isFull = false
  private(set) var isCutOff = false
  /// The end of the last note in the file, and how much output came before what follows it.
  private var lastNote: (end: Int64, received: Int64) = (0, 0)
  private var lastOffset: Int64 = 0
  private var isOver = false
  /// A line whose end has not come.
  private var rest: [UInt8] = []

  /// - Parameter size: the log's, in bytes.
  init(size: Int64) {
    self.size = size
  }

  /// How many bytes of the worker's output the log has, or has an account of.
  var received: Int64 {
    let (sum, overflows) = lastNote.received.addingReportingOverflow(size - lastNote.end)
    return overflows ? .max : sum
  }

  /// Takes the next bytes of the index.
  mutating func read(_ bytes: [UInt8]) {
    guard !isOver else { return }
    rest += bytes
    var start = rest.startIndex
    while !isOver, let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
      take(rest[start..<end])
      start = end + 1
    }
    rest.removeFirst(start)
    if rest.count > LogIndex.maximumLineBytes { isOver = true }
  }

  private mutating func take(_ bytes: ArraySlice<UInt8>) {
    // What follows a line that does not fit was written later, so it is worth no more.
    guard let line = LogIndex.line(bytes), line.offset >= max(lastOffset, lastNote.end), line.offset < size
    else {
      // A note of which the log has nothing.
      isOver = true
      return
    }
    if let note = line.note {
      let (end, overflows) = line.offset.addingReportingOverflow(note.byteCount)
      guard !overflows, end <= size else {
        size = line.offset
        isOver = true
        return
      }
      lastNote = (end, note.received)
      isFull = isFull || note.kind == .full
      isCutOff = isCutOff || note.kind == .cutOff
    }
    lastOffset = line.offset
    indexSize += Int64(bytes.count) + 1
  }
}
