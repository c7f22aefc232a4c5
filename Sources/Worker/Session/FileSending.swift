package import Platform

/// The file that is on its way to the server, and what of it waits for the stream.
///
/// States: `active` (chunks of the present generation are taken), `suspended` (the stream broke; the server says
/// where to go on), `abandoned` (the server wants it no more). A new generation begins with each place to go on from,
/// so that chunks which were read for an earlier one are dropped.
package struct FileSending: Sendable, Equatable {
  package enum Phase: Sendable, Equatable {
    case active
    case suspended
    case abandoned
  }

  /// A piece of the file, as it is sent: one message.
  package struct Chunk: Sendable, Equatable {
    /// Where in the file it begins, in bytes.
    package let offset: UInt64
    /// The bytes in order, in pooled memory.
    package let parts: [ReceivedBytes]
    /// Nothing comes after it.
    package let isLast: Bool

    package init(offset: UInt64, parts: [ReceivedBytes], isLast: Bool) {
      self.offset = offset
      self.parts = parts
      self.isLast = isLast
    }

    package var byteCount: Int { parts.reduce(0) { $0 + $1.count } }
  }

  package private(set) var phase = Phase.active
  package private(set) var generation = 0
  /// Where this generation begins in the file, in bytes.
  package private(set) var start: UInt64
  /// Whether the last chunk was handed to the stream.
  package private(set) var isSent = false
  private var waiting: [Chunk] = []

  package init(start: UInt64) {
    self.start = start
  }

  package var hasWaiting: Bool { phase == .active && !waiting.isEmpty }

  /// Whether the reader may bring more: it is one batch ahead of the stream.
  package var wantsChunks: Bool { phase == .active && waiting.isEmpty && !isSent }

  package mutating func offer(_ chunks: [Chunk], generation: Int) {
    guard phase == .active, generation == self.generation else { return }
    waiting.append(contentsOf: chunks)
  }

  package mutating func takeChunk() -> Chunk? {
    guard hasWaiting else { return nil }
    let chunk = waiting.removeFirst()
    if chunk.isLast { isSent = true }
    return chunk
  }

  package mutating func suspend() {
    guard phase == .active else { return }
    phase = .suspended
    waiting = []
    isSent = false
  }

  package mutating func restart(from offset: UInt64) {
    guard phase != .abandoned else { return }
    phase = .active
    generation += 1
    start = offset
    isSent = false
    waiting = []
  }

  package mutating func abandon() {
    phase = .abandoned
    waiting = []
  }
}
