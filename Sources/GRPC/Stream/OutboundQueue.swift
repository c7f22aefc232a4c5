/// What is to be sent on a call and was not yet put into frames.
///
/// States: open -> finished (nothing is appended, the rest still goes out) -> drained.
struct OutboundQueue {
  /// Pieces below this are put together in one buffer, so that many small sends cost one part of a system call.
  private static let gatherBelowBytes = 4 * 1024
  private static let maximumGatheredBytes = 64 * 1024

  private var pieces: [OutgoingPiece] = []
  /// Index of the first piece that is not sent yet.
  private var first = 0
  /// The last piece is a buffer of ours, to which small pieces are appended.
  private var isLastGathered = false
  private(set) var byteCount = 0
  private(set) var isFinished = false

  var isEmpty: Bool { byteCount == 0 }
  var isDrained: Bool { isFinished && isEmpty }

  mutating func append(_ messages: consuming OutgoingMessages) {
    guard !isFinished else { return }
    byteCount += messages.wireByteCount
    for piece in messages.takePieces() { append(piece) }
  }

  private mutating func append(_ piece: OutgoingPiece) {
    guard piece.count < Self.gatherBelowBytes else {
      isLastGathered = false
      pieces.append(piece)
      return
    }
    if isLastGathered, let last = pieces.indices.last, last >= first,
      case .bytes(var gathered) = pieces[last], gathered.count < Self.maximumGatheredBytes
    {
      // Taken out first, so that appending does not copy it.
      pieces[last] = .bytes([])
      piece.withUnsafeBytes { gathered.append(contentsOf: $0) }
      pieces[last] = .bytes(gathered)
    } else {
      isLastGathered = true
      pieces.append(piece)
    }
  }

  mutating func finish() {
    isFinished = true
  }

  /// Drops everything: the call is over.
  mutating func discard() {
    self = OutboundQueue()
    isFinished = true
  }

  /// The next bytes, at most `limit`, in one piece; nil when there are none.
  mutating func take(upTo limit: Int) -> OutgoingPiece? {
    guard first < pieces.count, limit > 0 else { return nil }
    let piece = pieces[first]
    let taken = piece.prefix(limit)
    byteCount -= taken.count
    if taken.count < piece.count {
      pieces[first] = piece.dropFirst(limit)
    } else {
      pieces[first] = .bytes([])
      first += 1
      if first == pieces.count {
        pieces.removeAll(keepingCapacity: false)
        first = 0
      } else if first > 64 {
        pieces.removeFirst(first)
        first = 0
      }
    }
    return taken
  }
}
