/// Brings a worker's output into its job's log: masked, as far as there is room, and with a note where some is missing.
struct OutputIntake {
  private let log: JobLog
  private let maximumBytes: Int64
  private(set) var masking: OutputMasking
  /// The offset of the worker's output that is to come next; what is held back has come.
  private(set) var received: Int64

  /// - Parameter maximumBytes: what is kept of the output.
  init(log: JobLog, masking: OutputMasking, maximumBytes: Int64) {
    self.log = log
    self.masking = masking
    self.maximumBytes = maximumBytes
    received = log.received
  }

  /// Masks this value too, from now on.
  mutating func mask(_ secret: String) {
    masking.add(secret)
  }

  /// Takes what came; gives what the log shows of it.
  ///
  /// - Parameter isWhole: nothing that belongs to it is still to come, so nothing is held back.
  mutating func take(_ batch: inout LogBatch, step: Int, isWhole: Bool) async throws -> [UInt8] {
    var shown: [UInt8] = []
    for part in batch.take() {
      switch part {
      case .output(let bytes, let pieces):
        try await keep(masking.take(bytes, pieces), step: step, &shown)
      case .gap(let count):
        try await keep(masking.flush(), step: step, &shown)
        try await note(gap: count, step: step)
      }
    }
    received = batch.end
    if isWhole { try await keep(masking.flush(), step: step, &shown) }
    return shown
  }

  private func keep(
    _ output: ([UInt8], [LogPiece]), step: Int, _ shown: inout [UInt8]
  ) async throws {
    let (bytes, pieces) = output
    guard !bytes.isEmpty else { return }
    let count = Int64(bytes.count)
    guard !log.isFull else { return log.skip(to: log.received + count) }
    let room = max(0, maximumBytes - log.size)
    if count <= room {
      try await log.append(bytes, pieces)
      shown += bytes
      return
    }
    let kept = bytes.prefix(Int(room))
    try await log.append(Array(kept), pieces.prefix(byteCount: kept.count))
    shown += kept
    let note = LogNote.full(keptBytes: log.size)
    try await log.append(note, step: step, received: log.received)
    log.skip(to: log.received + count - Int64(kept.count))
  }

  private func note(gap count: Int64, step: Int) async throws {
    let next = log.received + count
    if log.isFull { return log.skip(to: next) }
    try await log.append(.lost(count), step: step, received: next)
  }
}

extension [LogPiece] {
  /// The pieces of the first bytes.
  fileprivate func prefix(byteCount: Int) -> [LogPiece] {
    var rest = byteCount
    var pieces: [LogPiece] = []
    for var piece in self where rest > 0 {
      piece.byteCount = Swift.min(piece.byteCount, rest)
      rest -= piece.byteCount
      pieces.append(piece)
    }
    return pieces
  }
}
