/// Gathers the output of one batch of messages for the log, in order and without gaps or repetitions.
package struct LogBatch {
  /// What a worker sent does not continue what we have.
  package struct Gap: Error {
    package let expected: Int64
    package let got: Int64
  }

  package private(set) var bytes: [UInt8] = []
  package private(set) var pieces: [LogPiece] = []
  /// The log's length with this batch.
  package private(set) var end: Int64
  /// Whether the worker tells offsets; one that does not only ever appends.
  private let hasOffsets: Bool

  package init(after size: Int64, hasOffsets: Bool) {
    end = size
    self.hasOffsets = hasOffsets
  }

  /// Takes output that begins at `offset` of the log. What the log has already is left out.
  package mutating func append(
    _ data: UnsafeRawBufferPointer, at offset: UInt64, stream: UInt8, step: Int
  ) throws(Gap) {
    var fresh = data
    if hasOffsets {
      guard let start = Int64(exactly: offset), start <= end else {
        throw Gap(expected: end, got: Int64(clamping: offset))
      }
      let known = end - start
      if known >= Int64(data.count) { return }
      fresh = UnsafeRawBufferPointer(rebasing: data[Int(known)...])
    }
    guard !fresh.isEmpty else { return }
    bytes.append(contentsOf: fresh)
    end += Int64(fresh.count)
    if let last = pieces.last, last.stream == stream, last.step == step {
      pieces[pieces.count - 1].byteCount += fresh.count
    } else {
      pieces.append(LogPiece(stream: stream, step: step, byteCount: fresh.count))
    }
  }

  /// Hands out what was gathered and begins anew after it.
  package mutating func take() -> (bytes: [UInt8], pieces: [LogPiece])? {
    guard !bytes.isEmpty else { return nil }
    defer {
      bytes = []
      pieces = []
    }
    return (bytes, pieces)
  }
}
