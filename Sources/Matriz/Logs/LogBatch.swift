/// A part of what a worker sent, in order.
package enum LogPart: Hashable, Sendable {
  case output([UInt8], [LogPiece])
  /// So many bytes were left out.
  case gap(Int64)
}

/// Gathers the output of one batch of messages for the log, in order and without repetitions; what was left out is
/// noted.
package struct LogBatch {
  /// An offset that no log can have.
  package struct ImpossibleOffset: Error {
    package let offset: UInt64
  }

  /// The offset of the worker's output that comes after this batch.
  package private(set) var end: Int64
  /// Whether the worker tells offsets; one that does not only ever appends.
  private let hasOffsets: Bool
  private var earlier: [LogPart] = []
  private var bytes: [UInt8] = []
  private var pieces: [LogPiece] = []

  /// - Parameter received: the offset of the worker's output that is to come next.
  package init(after received: Int64, hasOffsets: Bool) {
    end = received
    self.hasOffsets = hasOffsets
  }

  /// Takes output that begins at `offset`. What came before is left out.
  package mutating func append(
    _ data: UnsafeRawBufferPointer, at offset: UInt64, stream: UInt8, step: Int
  ) throws(ImpossibleOffset) {
    var fresh = data
    if hasOffsets {
      guard let start = Int64(exactly: offset), !start.addingReportingOverflow(Int64(data.count)).overflow
      else { throw ImpossibleOffset(offset: offset) }
      if start > end {
        note(gap: start - end)
      } else {
        let known = end - start
        if known >= Int64(data.count) { return }
        fresh = UnsafeRawBufferPointer(rebasing: data[Int(known)...])
      }
    }
    guard !fresh.isEmpty else { return }
    let (next, overflows) = end.addingReportingOverflow(Int64(fresh.count))
    guard !overflows else { throw ImpossibleOffset(offset: offset) }
    bytes.append(contentsOf: fresh)
    end = next
    if let last = pieces.last, last.stream == stream, last.step == step {
      pieces[pieces.count - 1].byteCount += fresh.count
    } else {
      pieces.append(LogPiece(stream: stream, step: step, byteCount: fresh.count))
    }
  }

  private mutating func note(gap count: Int64) {
    closeOutput()
    earlier.append(.gap(count))
    end += count
  }

  private mutating func closeOutput() {
    guard !bytes.isEmpty else { return }
    earlier.append(.output(bytes, pieces))
    bytes = []
    pieces = []
  }

  /// Hands out what was gathered and begins anew after it.
  package mutating func take() -> [LogPart] {
    closeOutput()
    defer { earlier = [] }
    return earlier
  }
}
