import WorkerProtocol

/// Bytes of one command on one of its streams, one after the other.
struct OutputSegment: Sendable, Equatable {
  let id: UInt64
  let stream: WorkerMessage.Output.Stream
  /// Where in the job's log it begins, in bytes.
  let offset: UInt64
  var bytes: [UInt8]

  /// What a segment takes beside its bytes, about; so that many small writes count as what they cost.
  static let overheadBytes = 128

  var end: UInt64 { offset + UInt64(bytes.count) }
  /// The memory that it takes, about.
  var costBytes: Int { bytes.count + Self.overheadBytes }

  /// Whether bytes of that command and stream may be put behind these.
  func canGrow(by count: Int, id: UInt64, stream: WorkerMessage.Output.Stream) -> Bool {
    self.id == id && self.stream == stream && bytes.count + count <= OutputSpool.maximumPieceBytes
  }
}
