/// The messages of a call that have arrived and were not taken yet, and what they hold of the flow-control window.
///
/// States: open -> ended (in order, or with a status). What arrived before the end is taken before the end is seen.
struct InboundQueue {
  enum Taken {
    /// Messages, and the bytes by which the peer's window may grow again.
    case batch(MessageBatch, creditBytes: Int)
    /// The peer has ended its side in order.
    case end
    case failure(GRPCStatus)
    /// Nothing yet.
    case wait
  }

  private enum Ending {
    case finished
    case failed(GRPCStatus)
  }

  private var batch = MessageBatch()
  /// Bytes received on the call whose credit has not been given out.
  private var heldBytes = 0
  private var ending: Ending?

  var isEnded: Bool { ending != nil }

  /// Takes what came in one go: `wireBytes` of DATA, in which these messages ended. Returns the credit to give at once.
  ///
  /// While nothing is waiting to be taken, the bytes of an incomplete message are credited as they come: a
  /// message may be larger than the window. Behind complete messages they are held, so a consumer that does
  /// not take its messages stops the peer.
  mutating func append(_ messages: MessageBatch, wireBytes: Int) -> Int {
    guard ending == nil else { return wireBytes }
    heldBytes += wireBytes
    batch.append(messages)
    guard batch.isEmpty else { return 0 }
    defer { heldBytes = 0 }
    return heldBytes
  }

  mutating func take() -> Taken {
    if !batch.isEmpty {
      defer {
        batch = MessageBatch()
        heldBytes = 0
      }
      return .batch(batch, creditBytes: heldBytes)
    }
    switch ending {
    case nil: return .wait
    case .finished: return .end
    case .failed(let status): return .failure(status)
    }
  }

  /// The first end counts; a later one is a consequence of it.
  mutating func end(_ status: GRPCStatus) {
    guard ending == nil else { return }
    ending = status.isOK ? .finished : .failed(status)
  }

  /// Ends the call for its consumer at once: what was not taken is dropped. Returns the credit to give.
  mutating func discard(_ status: GRPCStatus) -> Int {
    let credit = heldBytes
    batch = MessageBatch()
    heldBytes = 0
    if case .failed? = ending { return credit }
    ending = .failed(status)
    return credit
  }
}
