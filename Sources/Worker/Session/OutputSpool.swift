package import WorkerProtocol

/// The output that the server has not acknowledged, in the order in which it is sent.
///
/// Offsets count the bytes of the job's log from its beginning: `acknowledged <= sent <= end`. What lies before
/// `acknowledged` is gone; what lies between it and `sent` was sent and is kept to be sent again on a new stream.
package struct OutputSpool: Sendable {
  /// Bytes of one command on one of its streams, one after the other.
  private struct Segment {
    let id: UInt64
    let stream: WorkerMessage.Output.Stream
    let offset: UInt64
    var bytes: [UInt8]

    var end: UInt64 { offset + UInt64(bytes.count) }
    var cost: Int { bytes.count + OutputSpool.segmentOverheadBytes }
  }

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
  /// What a segment takes beside its bytes, about; so that many small writes count as what they cost.
  package static let segmentOverheadBytes = 128

  /// The output up to here is durable on the server.
  package private(set) var acknowledged: UInt64 = 0
  /// The output up to here was handed to the present stream.
  package private(set) var sent: UInt64 = 0
  /// Where the next byte of output goes.
  package private(set) var end: UInt64 = 0
  /// The memory that the kept output takes, about.
  package private(set) var costBytes = 0

  private var segments: [Segment] = []
  /// The first of `segments` that is kept; those before it are empty, and removed now and then.
  private var head = 0
  private let capacityBytes: Int

  package init(capacityBytes: Int) {
    self.capacityBytes = capacityBytes
  }

  /// Whether more may be appended. One write may go beyond the capacity; the next has to wait.
  package var hasRoom: Bool { costBytes < capacityBytes }

  package var hasUnsent: Bool { sent < end }

  package mutating func append(id: UInt64, stream: WorkerMessage.Output.Stream, _ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    let offset = end
    end += UInt64(bytes.count)
    // Only what no piece was cut from yet may grow: cut pieces share its storage.
    if let last = segments.last, head < segments.count, last.id == id, last.stream == stream,
      last.offset >= sent, last.bytes.count + bytes.count <= Self.maximumPieceBytes
    {
      segments[segments.count - 1].bytes.append(contentsOf: bytes)
      costBytes += bytes.count
      return
    }
    let segment = Segment(id: id, stream: stream, offset: offset, bytes: bytes)
    costBytes += segment.cost
    segments.append(segment)
  }

  /// The next piece to send, none of it at or after `limit`; it counts as sent.
  package mutating func takePiece(before limit: UInt64) -> Piece? {
    guard sent < end, sent < limit, let index = indexOfSegment(containing: sent) else { return nil }
    let segment = segments[index]
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
      costBytes -= segments[head].cost
      segments[head].bytes = []
      head += 1
    }
    if head == segments.count || head >= 1_024 {
      segments.removeFirst(head)
      head = 0
    }
  }

  /// A new stream goes on from `offset`: what lies before it is acknowledged, the rest is sent again.
  ///
  /// Before the first byte of output the server may name any offset: its log began without this worker.
  package mutating func resume(from offset: UInt64) {
    if end == acknowledged, segments.isEmpty, end == 0 {
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

  /// Segments follow each other without a gap, so the one that holds an offset is found by halving.
  private func indexOfSegment(containing offset: UInt64) -> Int? {
    var low = head
    var high = segments.count
    while low < high {
      let middle = low + (high - low) / 2
      if segments[middle].end <= offset { low = middle + 1 } else { high = middle }
    }
    guard low < segments.count, segments[low].offset <= offset else { return nil }
    return low
  }
}
