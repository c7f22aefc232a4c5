package import WorkerProtocol

/// The output that the server has not acknowledged, in the order in which it is sent: the older part in memory, and
/// what is more than that in a file.
///
/// Offsets count the bytes of the job's log from its beginning: `acknowledged <= sent <= end`. What lies before
/// `acknowledged` is gone; what lies between it and `sent` was sent and is kept to be sent again on a new stream. Only
/// what is in memory is sent; the file is read back as the memory gets room. It is written and read by the caller, who
/// asks `takeFileWork` for what to do. Where bytes of the file are lost, the offsets jump to the last of them, a line end in its place.
package struct OutputSpool: Sendable {
  /// A piece of output as it is sent: one message.
  package struct Piece: Sendable, Equatable {
    package let id: UInt64
    package let stream: WorkerMessage.Output.Stream
    /// Where in the job's log it begins, in bytes.
    package let offset: UInt64
    package let bytes: ArraySlice<UInt8>
  }

  /// The most bytes of one message of output; small writes are put together up to this.
  package static let maximumPieceBytes = 64 * 1_024

  /// The output up to here is durable on the server.
  package private(set) var acknowledged: UInt64 = 0
  /// The output up to here was handed to the present stream.
  package private(set) var sent: UInt64 = 0
  /// Where the next byte of output goes.
  package private(set) var end: UInt64 = 0
  /// The memory that the output takes that can be sent, about.
  package private(set) var costBytes = 0

  /// The memory that all of the output takes that is not in the file, about.
  var memoryBytes: Int { costBytes + overflow.costBytes }

  private var segments: [OutputSegment] = []
  /// The first of `segments` that is kept; those before it are empty, and removed now and then.
  private var head = 0
  private var capacityBytes: Int
  private var overflow: SpoolOverflow

  /// - Parameters:
  ///   - capacityBytes: what is kept in memory.
  ///   - fileBytes: what is kept in the file beyond that; 0 for no file.
  package init(capacityBytes: Int, fileBytes: Int = 0) {
    self.capacityBytes = capacityBytes
    overflow = SpoolOverflow(memoryBytes: capacityBytes, fileBytes: fileBytes)
  }

  /// Other bounds. Those of the file stay as they are once it has been used.
  mutating func use(_ limits: SpoolLimits) {
    capacityBytes = limits.memoryBytes
    guard overflow.isUnused else { return }
    overflow = SpoolOverflow(memoryBytes: limits.memoryBytes, fileBytes: limits.fileBytes)
  }

  /// Whether more may be appended. One write may go beyond the capacity; the next has to wait.
  package var hasRoom: Bool { overflow.isEmpty && hasMemory || overflow.hasRoom }

  /// Whether something can be sent now.
  package var hasUnsent: Bool { head < segments.count && (segments.last?.end ?? 0) > sent }

  private var hasMemory: Bool { costBytes < capacityBytes }

  package mutating func append(id: UInt64, stream: WorkerMessage.Output.Stream, _ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(Self.maximumPieceBytes))
      rest = rest.dropFirst(piece.count)
      let segment = OutputSegment(id: id, stream: stream, offset: end, bytes: piece)
      end = segment.end
      // Without a file the memory takes what is there; the caller looks at `hasRoom` before the next.
      if overflow.isEmpty, hasMemory || overflow.fileBytes == 0 {
        keep(segment)
      } else {
        overflow.append(segment)
      }
    }
  }

  private mutating func keep(_ segment: OutputSegment) {
    // Only what no piece was cut from yet may grow: cut pieces share its storage.
    if let last = segments.last, head < segments.count, last.offset >= sent, last.end == segment.offset,
      last.canGrow(by: segment.bytes.count, id: segment.id, stream: segment.stream)
    {
      segments[segments.count - 1].bytes += segment.bytes
      costBytes += segment.bytes.count
    } else {
      costBytes += segment.costBytes
      segments.append(segment)
    }
  }

  // MARK: Sending

  /// The next piece to send, none of it at or after `limit`; it counts as sent.
  package mutating func takePiece(before limit: UInt64) -> Piece? {
    guard sent < limit, let index = indexOfSegment(endingAfter: sent) else { return nil }
    let segment = segments[index]
    // What lies before the segment is lost.
    sent = min(max(sent, segment.offset), limit)
    guard sent < limit else { return nil }
    let from = Int(sent - segment.offset)
    let available = min(UInt64(segment.bytes.count - from), limit - sent)
    let count = min(Int(available), Self.maximumPieceBytes)
    let piece = Piece(
      id: segment.id, stream: segment.stream, offset: sent, bytes: segment.bytes[from..<(from + count)])
    sent += UInt64(count)
    return piece
  }

  /// The server has everything before `offset`. An offset beyond the end means the end; an old one nothing.
  package mutating func acknowledge(before offset: UInt64) {
    let offset = min(offset, end)
    guard offset > acknowledged else { return }
    acknowledged = offset
    sent = max(sent, offset)
    while head < segments.count, segments[head].end <= offset {
      costBytes -= segments[head].costBytes
      segments[head].bytes = []
      head += 1
    }
    if head == segments.count || head >= 1_024 {
      segments.removeFirst(head)
      head = 0
    }
    refill()
  }

  /// A new stream goes on from `offset`: what lies before it is acknowledged, the rest is sent again.
  ///
  /// Before the first byte of output the server may name any offset: its log began without this worker.
  package mutating func resume(from offset: UInt64) {
    if end == 0 {
      (acknowledged, sent, end) = (offset, offset, offset)
      return
    }
    acknowledge(before: offset)
    sent = acknowledged
  }

  /// For a server that acknowledges nothing: what was sent is forgotten.
  package mutating func forgetSent() {
    acknowledge(before: sent)
  }

  /// Segments follow each other in order, so the first that ends after an offset is found by halving.
  private func indexOfSegment(endingAfter offset: UInt64) -> Int? {
    var low = head
    var high = segments.count
    while low < high {
      let middle = low + (high - low) / 2
      if segments[middle].end <= offset { low = middle + 1 } else { high = middle }
    }
    return low < segments.count ? low : nil
  }

  // MARK: The file

  /// What to do with the file next, if anything; its outcome has to be told by `wrote` or `read`.
  mutating func takeFileWork() -> SpoolOverflow.Work? { overflow.takeWork(wantsBytes: wantsBytes) }

  /// The most bytes in the file.
  var fileBytes: Int { overflow.fileBytes }

  var hasFileWork: Bool { overflow.hasWork(wantsBytes: wantsBytes) }

  /// The file is read when the memory is half empty, so that the stream does not wait for it.
  private var wantsBytes: Bool { costBytes < (capacityBytes + 1) / 2 }

  /// Whether what was to be written is in the file; else it stays in memory.
  mutating func wrote(successfully: Bool) {
    overflow.wrote(successfully: successfully)
    refill()
  }

  /// - Parameter bytes: what was to be read; `nil` when that failed.
  mutating func read(_ bytes: [UInt8]?) {
    switch overflow.read(bytes) {
    case .segments(let read): for segment in read { keep(segment) }
    case .lost(let end, let id):
      // Something has to come after the gap, else the server would not see that there is one.
      keep(OutputSegment(id: id, stream: .standardError, offset: end - 1, bytes: Array("\n".utf8)))
    }
    refill()
  }

  /// What waits for the file stays in memory when it can.
  private mutating func refill() {
    guard hasMemory else { return }
    for segment in overflow.takeWaiting() { keep(segment) }
  }
}
