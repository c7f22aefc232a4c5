import Masking

/// Masks both streams of a job's output, each by itself, and keeps the order in which they came.
///
/// A secret is replaced by as many stars, so no byte changes its place. What may be the beginning of a secret holds
/// back what came after it on the other stream too.
struct OutputMasking {
  /// When more than this has gathered behind the beginning of a secret that never came, it is given out.
  static let maximumHeldBytes = 16_384

  /// One stream: its mask, and what came out of it and waits for its turn.
  private struct Stream {
    var masking: MaskingStream
    var ready: [UInt8] = []
    var readyStart = 0

    var readyCount: Int { ready.count - readyStart }

    mutating func add(_ bytes: [UInt8]) {
      if readyCount == 0 {
        (ready, readyStart) = (bytes, 0)
      } else {
        ready += bytes
      }
    }

    mutating func take(_ count: Int) -> ArraySlice<UInt8> {
      defer { readyStart += count }
      return ready[readyStart..<(readyStart + count)]
    }
  }

  private var mask: SecretMask
  private var streams: [Stream]
  /// What is to be given out, in order.
  private var waiting: [LogPiece] = []
  private var waitingCount = 0

  init(_ mask: SecretMask) {
    self.mask = mask
    streams = (0..<2).map { _ in Stream(masking: MaskingStream(mask: mask, replacement: .sameLength)) }
  }

  /// Masks this value too, from now on.
  ///
  /// - Returns: `false` when it cannot be masked.
  @discardableResult
  mutating func add(_ secret: String) -> Bool {
    guard mask.add(secret) else { return false }
    for index in streams.indices { streams[index].masking.use(mask) }
    return true
  }

  /// A text that is not part of the output, masked.
  func masked(_ text: String) -> String { mask.masked(text) }

  /// Takes output; gives what is sure to be no part of a secret any more.
  mutating func take(_ bytes: [UInt8], _ pieces: [LogPiece]) -> ([UInt8], [LogPiece]) {
    var start = 0
    for piece in pieces {
      let end = start + piece.byteCount
      let part = pieces.count == 1 ? bytes : Array(bytes[start..<end])
      let index = Self.index(of: piece)
      streams[index].add(streams[index].masking.feed(part))
      start = end
    }
    waiting += pieces
    waitingCount += bytes.count
    let given = giveOut()
    guard waitingCount > Self.maximumHeldBytes else { return given }
    let rest = flush()
    return (given.0 + rest.0, given.1 + rest.1)
  }

  /// Gives what is held back: nothing comes after it, or nothing that belongs to it.
  mutating func flush() -> ([UInt8], [LogPiece]) {
    guard waitingCount > 0 else { return ([], []) }
    for index in streams.indices { streams[index].add(streams[index].masking.flush()) }
    return giveOut()
  }

  private mutating func giveOut() -> ([UInt8], [LogPiece]) {
    if waiting.count == 1, let piece = waiting.first {
      let index = Self.index(of: piece)
      if streams[index].readyStart == 0, streams[index].ready.count == piece.byteCount {
        // All of it as it is, as nearly always.
        defer {
          streams[index].ready = []
          waiting = []
          waitingCount = 0
        }
        return (streams[index].ready, waiting)
      }
    }
    var bytes: [UInt8] = []
    var pieces: [LogPiece] = []
    var done = 0
    while done < waiting.count {
      var piece = waiting[done]
      let index = Self.index(of: piece)
      let count = min(piece.byteCount, streams[index].readyCount)
      if count > 0 {
        bytes += streams[index].take(count)
        waitingCount -= count
        waiting[done].byteCount -= count
        piece.byteCount = count
        pieces.append(piece)
      }
      if waiting[done].byteCount > 0 { break }
      done += 1
    }
    waiting.removeFirst(done)
    return (bytes, pieces)
  }

  private static func index(of piece: LogPiece) -> Int { piece.stream == 1 ? 1 : 0 }
}
