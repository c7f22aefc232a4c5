import WorkerProtocol

/// The part of the spool for which the memory has no room: a pure state machine over a file that someone else writes
/// and reads.
///
/// Bytes go through it in order: they wait in memory (a bounded amount), lie in the file, and come back. States of the
/// file work: `idle`, `writing`, `reading`; one thing at a time. A write that fails leaves its bytes waiting, and it is
/// not tried again before the memory has taken what lies before them. A read that fails loses what is in the file.
struct SpoolOverflow: Sendable {
  /// What has to be done with the file. Positions count all bytes that were ever written.
  enum Work: Sendable, Equatable {
    case write([UInt8], at: UInt64)
    case read(count: Int, at: UInt64)
  }

  private enum Phase: Equatable {
    case idle
    /// These segments are on their way into the file.
    case writing([OutputSegment], byteCount: Int)
    case reading
  }

  /// The most bytes in the file; 0 for no file.
  let fileBytes: Int
  /// The most bytes that wait to be written, about; also what is read back at once.
  private let batchBytes: Int

  private var phase = Phase.idle
  private var waiting: [OutputSegment] = []
  private var waitingCostBytes = 0
  private var writingCostBytes = 0
  private var refusesWrites = false
  /// Where in the file the oldest byte lies, and where the next goes.
  private var readPosition: UInt64 = 0
  private var writePosition: UInt64 = 0
  /// What lies in the file begins here in the log, and ends here.
  private var startOffset: UInt64 = 0
  private var endOffset: UInt64 = 0
  /// The command that wrote the last of it.
  private var lastID: UInt64 = 0

  init(memoryBytes: Int, fileBytes: Int) {
    self.fileBytes = fileBytes
    batchBytes = max(SpoolRecord.maximumBytes, min(1_024 * 1_024, memoryBytes / 8))
  }

  /// Whether nothing waits, is on its way or lies in the file.
  var isEmpty: Bool { waiting.isEmpty && isFileEmpty }

  /// Whether the file has never been asked for.
  var isUnused: Bool { isEmpty && writePosition == 0 }

  /// Whether more may be appended. One append may go beyond the bound; the next has to wait.
  var hasRoom: Bool { fileBytes > 0 && costBytes < batchBytes }

  /// What has been appended and is not in the file yet takes this memory, about.
  var costBytes: Int { waitingCostBytes + writingCostBytes }

  private var isFileEmpty: Bool { phase == .idle && readPosition == writePosition }

  mutating func append(_ segment: OutputSegment) {
    if let last = waiting.last,
      last.canGrow(by: segment.bytes.count, id: segment.id, stream: segment.stream)
    {
      waiting[waiting.count - 1].bytes += segment.bytes
      waitingCostBytes += segment.bytes.count
    } else {
      waiting.append(segment)
      waitingCostBytes += segment.costBytes
    }
  }

  /// What waits and needs no file any more, since everything before it has been read.
  mutating func takeWaiting() -> [OutputSegment] {
    guard isFileEmpty else { return [] }
    defer { (waiting, waitingCostBytes) = ([], 0) }
    if !waiting.isEmpty { refusesWrites = false }
    return waiting
  }

  // MARK: The file

  /// What to do next, if anything; its outcome has to be told by `wrote` or `read`.
  ///
  /// - Parameter wantsBytes: whether the memory has room for what is read.
  mutating func takeWork(wantsBytes: Bool) -> Work? {
    guard hasWork(wantsBytes: wantsBytes) else { return nil }
    if wantsBytes, readPosition < writePosition {
      phase = .reading
      let count = Int(min(writePosition - readPosition, UInt64(batchBytes)))
      return .read(count: count, at: readPosition)
    }
    var bytes: [UInt8] = []
    let segments = Array(
      waiting.prefix { segment in
        guard bytes.count + SpoolRecord.byteCount(of: segment) <= freeFileBytes else { return false }
        SpoolRecord.append(segment, to: &bytes)
        return true
      })
    waiting.removeFirst(segments.count)
    writingCostBytes = segments.reduce(0) { $0 + $1.costBytes }
    waitingCostBytes -= writingCostBytes
    phase = .writing(segments, byteCount: bytes.count)
    return .write(bytes, at: writePosition)
  }

  func hasWork(wantsBytes: Bool) -> Bool {
    guard phase == .idle else { return false }
    if wantsBytes, readPosition < writePosition { return true }
    guard !refusesWrites, let first = waiting.first else { return false }
    return SpoolRecord.byteCount(of: first) <= freeFileBytes
  }

  private var freeFileBytes: Int { fileBytes - Int(writePosition - readPosition) }

  mutating func wrote(successfully: Bool) {
    guard case .writing(let segments, let byteCount) = phase else { return }
    phase = .idle
    defer { writingCostBytes = 0 }
    guard successfully else {
      waiting = segments + waiting
      waitingCostBytes += writingCostBytes
      refusesWrites = true
      return
    }
    if readPosition == writePosition, let first = segments.first { startOffset = first.offset }
    if let last = segments.last { (endOffset, lastID) = (last.end, last.id) }
    writePosition += UInt64(byteCount)
  }

  enum Reading: Sendable, Equatable {
    case segments([OutputSegment])
    /// The output of this command, and what came before it, cannot be read up to this offset.
    case lost(end: UInt64, id: UInt64)
  }

  /// - Parameter bytes: what was asked for; `nil` when it cannot be read.
  mutating func read(_ bytes: [UInt8]?) -> Reading {
    guard phase == .reading else { return .segments([]) }
    phase = .idle
    guard let bytes, let (segments, byteCount) = SpoolRecord.read(bytes, at: startOffset) else {
      defer { (readPosition, startOffset) = (writePosition, endOffset) }
      return .lost(end: endOffset, id: lastID)
    }
    readPosition += UInt64(byteCount)
    startOffset = segments.last?.end ?? startOffset
    return .segments(segments)
  }
}
