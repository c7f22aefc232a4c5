import Platform
import Synchronization

/// One call on one connection, between its loop, which feeds and drains it, and the task that consumes it.
///
/// The queues are behind a lock; everything marked so belongs to the loop.
final class CallStream: @unchecked Sendable {
  private struct Shared {
    var inbound = InboundQueue()
    var receiver: CheckedContinuation<MessageBatch?, any Error>?
    var outbound = OutboundQueue()
    var senders: [CheckedContinuation<Void, any Error>] = []
    /// How a server ends the call.
    var finalStatus: GRPCStatus?
    /// A server's response headers.
    var responseMetadata: GRPCMetadata?
    var isResponseRequested = false
    /// A client's view of the response headers.
    var initialMetadata: Result<GRPCMetadata, GRPCStatus>?
    var metadataWaiters: [CheckedContinuation<GRPCMetadata, any Error>] = []
    /// Nothing can be sent any more, and why.
    var sendFailure: GRPCStatus?
    /// Credit that was not yet reported to the loop.
    var unreportedCredit = 0
    /// The loop will look at this stream anyway.
    var isVisitPlanned = false
  }

  let connection: HTTP2Connection
  private let sendBufferBytes: Int
  /// Credit is reported to the loop when this much has come together.
  private let reportBytes: Int
  private let shared = Mutex(Shared())

  // Confined to the loop.
  var id: Int32 = 0
  var deframer: MessageDeframer
  var response = ResponseState()
  var window: FlowWindow
  var deadline: ScheduledTask?
  /// Bytes received whose credit was not given to the peer.
  var uncreditedBytes = 0
  /// What came during the read that is handled now.
  var arrived = MessageBatch()
  var arrivedBytes = 0
  /// A message could not be taken: the rest is dropped.
  var isRefusingData = false
  var hasSentHeaders = false

  init(connection: HTTP2Connection, limits: GRPCLimits) {
    self.connection = connection
    sendBufferBytes = limits.sendBufferBytes
    reportBytes = min(limits.initialWindowBytes, limits.streamWindowBytes) / 4
    window = FlowWindow(initialBytes: limits.initialWindowBytes, maximumBytes: limits.streamWindowBytes)
    deframer = MessageDeframer(maximumMessageBytes: limits.maximumMessageBytes)
  }
}

// MARK: - For the consumer, from any thread

extension CallStream {
  func receive() async throws -> MessageBatch? {
    if let ready = takeReady() { return try ready.get() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        guard let ready = takeReady(orRegister: continuation) else { return }
        continuation.resume(with: ready.mapError { $0 as any Error })
      }
    } onCancel: {
      let receiver = shared.withLock { shared in shared.receiver.take() }
      receiver?.resume(throwing: CancellationError())
    }
  }

  /// What can be given at once; nil when there is nothing yet, and then the continuation is kept.
  private func takeReady(
    orRegister continuation: CheckedContinuation<MessageBatch?, any Error>? = nil
  ) -> Result<MessageBatch?, any Error>? {
    var mustReport = false
    let ready: Result<MessageBatch?, any Error>? = shared.withLock { shared in
      switch shared.inbound.take() {
      case .batch(let batch, let creditBytes):
        shared.unreportedCredit += creditBytes
        if !shared.isVisitPlanned,
          shared.unreportedCredit >= reportBytes || connection.isShortOfWindow
        {
          shared.isVisitPlanned = true
          mustReport = true
        }
        return .success(batch)
      case .end: return .success(nil)
      case .failure(let status): return .failure(status)
      case .wait:
        guard let continuation else { return nil }
        if shared.receiver != nil {
          return .failure(GRPCStatus(.failedPrecondition, "receive is already waiting on this call"))
        }
        // Under the lock: a cancellation that comes later finds the continuation.
        if Task.isCancelled { return .failure(CancellationError()) }
        shared.receiver = continuation
        return nil
      }
    }
    if mustReport { planVisit() }
    return ready
  }

  func send(_ messages: consuming OutgoingMessages) async throws {
    guard !messages.isEmpty else { return }
    let messages = messages
    while try !trySend(messages) {
      try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          let isRoomLeft = shared.withLock { shared in
            if Task.isCancelled || shared.sendFailure != nil { return true }
            if shared.outbound.byteCount < sendBufferBytes { return true }
            shared.senders.append(continuation)
            return false
          }
          if isRoomLeft { continuation.resume() }
        }
      } onCancel: {
        resumeSenders()
      }
      try Task.checkCancellation()
    }
  }

  /// Queues the messages unless the buffer is full.
  private func trySend(_ messages: OutgoingMessages) throws -> Bool {
    var mustVisit = false
    let isQueued = try shared.withLock { shared in
      if let failure = shared.sendFailure { throw failure }
      guard shared.outbound.byteCount < sendBufferBytes else { return false }
      shared.outbound.append(messages)
      shared.isResponseRequested = true
      mustVisit = Self.plansVisit(&shared)
      return true
    }
    if mustVisit { planVisit() }
    return isQueued
  }

  /// Ends our side: a client sends no more messages, a server ends the call with `status`.
  func finish(_ status: GRPCStatus?) {
    let mustVisit = shared.withLock { shared in
      guard shared.sendFailure == nil, !shared.outbound.isFinished else { return false }
      shared.outbound.finish()
      shared.finalStatus = status
      shared.sendFailure = GRPCStatus(.failedPrecondition, "this side of the call was finished before")
      return Self.plansVisit(&shared)
    }
    resumeSenders()
    if mustVisit { planVisit() }
  }

  /// Sets a server's response headers and has them sent now.
  func sendMetadata(_ metadata: GRPCMetadata) {
    let mustVisit = shared.withLock { shared in
      guard !shared.isResponseRequested, shared.sendFailure == nil else { return false }
      shared.responseMetadata = metadata
      shared.isResponseRequested = true
      return Self.plansVisit(&shared)
    }
    if mustVisit { planVisit() }
  }

  func initialMetadata() async throws -> GRPCMetadata {
    try await withCheckedThrowingContinuation { continuation in
      let known = shared.withLock { shared in
        if shared.initialMetadata == nil { shared.metadataWaiters.append(continuation) }
        return shared.initialMetadata
      }
      if let known { continuation.resume(with: known.mapError { $0 as any Error }) }
    }
  }

  /// Gives the call up from this side; the peer sees a reset.
  func cancel(_ status: GRPCStatus) {
    connection.loop.executeSoon { [self] in connection.giveUp(self, status) }
  }

  private static func plansVisit(_ shared: inout Shared) -> Bool {
    defer { shared.isVisitPlanned = true }
    return !shared.isVisitPlanned
  }

  private func planVisit() {
    connection.loop.execute { [self] in connection.visit(self) }
  }

  private func resumeSenders() {
    let senders = shared.withLock { shared in
      defer { shared.senders = [] }
      return shared.senders
    }
    for sender in senders { sender.resume() }
  }
}

// MARK: - For the loop

extension CallStream {
  /// What a visit finds to do.
  struct Visit {
    var creditBytes: Int
    var hasOutput: Bool
    var startsResponse: Bool
    var finalStatus: GRPCStatus?
    var responseMetadata: GRPCMetadata?
  }

  func beginVisit() -> Visit {
    shared.withLock { shared in
      shared.isVisitPlanned = false
      defer { shared.unreportedCredit = 0 }
      return Visit(
        creditBytes: shared.unreportedCredit,
        hasOutput: !shared.outbound.isEmpty || shared.outbound.isFinished,
        startsResponse: shared.isResponseRequested || shared.outbound.isFinished,
        finalStatus: shared.isResponseRequested ? nil : shared.finalStatus,
        responseMetadata: shared.responseMetadata)
    }
  }

  func takeUnreportedCredit() -> Int {
    shared.withLock { shared in
      defer { shared.unreportedCredit = 0 }
      return shared.unreportedCredit
    }
  }

  /// Hands over what came during the last read; returns the credit to give at once, and whether the window has grown.
  func deliverArrived() -> (creditBytes: Int, hasGrown: Bool) {
    let batch = arrived
    let byteCount = arrivedBytes
    arrived = MessageBatch()
    arrivedBytes = 0
    var resumption: (() -> Void)?
    let (credit, consumerWaits) = shared.withLock { shared in
      let consumerWaits = shared.receiver != nil
      let credit = shared.inbound.append(batch, wireBytes: byteCount)
      return (credit + Self.serveReceiver(&shared, &resumption), consumerWaits)
    }
    resumption?()
    return (credit, window.receive(byteCount, consumerWaits: consumerWaits))
  }

  /// Ends the inbound side; what it sets free needs no credit.
  func endInbound(_ status: GRPCStatus) {
    var resumption: (() -> Void)?
    shared.withLock { shared in
      shared.inbound.end(status)
      _ = Self.serveReceiver(&shared, &resumption)
    }
    resumption?()
  }

  /// The call is over, both ways. `dropsInbound`: what the consumer has not taken yet is dropped.
  func close(_ status: GRPCStatus, dropsInbound: Bool = false) {
    deadline?.cancel()
    deadline = nil
    var resumption: (() -> Void)?
    let (senders, waiters) = shared.withLock { shared in
      if dropsInbound { _ = shared.inbound.discard(status) } else { shared.inbound.end(status) }
      _ = Self.serveReceiver(&shared, &resumption)
      shared.outbound.discard()
      shared.sendFailure =
        status.isOK ? GRPCStatus(.failedPrecondition, "the call is over") : status
      if shared.initialMetadata == nil {
        shared.initialMetadata = status.isOK ? .success(status.metadata) : .failure(status)
      }
      defer {
        shared.senders = []
        shared.metadataWaiters = []
      }
      return (shared.senders, shared.metadataWaiters)
    }
    resumption?()
    for sender in senders { sender.resume() }
    for waiter in waiters {
      waiter.resume(with: status.isOK ? .success(status.metadata) : .failure(status))
    }
  }

  func setInitialMetadata(_ metadata: GRPCMetadata) {
    let waiters = shared.withLock { shared in
      shared.initialMetadata = .success(metadata)
      defer { shared.metadataWaiters = [] }
      return shared.metadataWaiters
    }
    for waiter in waiters { waiter.resume(returning: metadata) }
  }

  func outboundState() -> HTTP2Session.OutboundState {
    shared.withLock { shared in
      if !shared.outbound.isEmpty { return .available(shared.outbound.byteCount) }
      guard shared.outbound.isFinished else { return .waiting }
      guard let status = shared.finalStatus else { return .finished }
      return .finishedWithTrailers(ResponseFields.trailers(status))
    }
  }

  /// Gives the next `byteCount` bytes to be sent to `write`, piece by piece.
  func takeOutbound(_ byteCount: Int, write: (OutgoingPiece) -> Void) {
    var rest = byteCount
    let (pieces, isRoomLeft) = shared.withLock { shared in
      var pieces: [OutgoingPiece] = []
      while let piece = shared.outbound.take(upTo: rest) {
        pieces.append(piece)
        rest -= piece.count
      }
      return (pieces, !shared.senders.isEmpty && shared.outbound.byteCount <= sendBufferBytes / 2)
    }
    for piece in pieces { write(piece) }
    if isRoomLeft { resumeSenders() }
  }

  /// Gives a waiting receiver what there is; returns the credit that this sets free.
  private static func serveReceiver(_ shared: inout Shared, _ resumption: inout (() -> Void)?) -> Int {
    guard let receiver = shared.receiver else { return 0 }
    switch shared.inbound.take() {
    case .wait: return 0
    case .batch(let batch, let creditBytes):
      shared.receiver = nil
      resumption = { receiver.resume(returning: batch) }
      return creditBytes
    case .end:
      shared.receiver = nil
      resumption = { receiver.resume(returning: nil) }
      return 0
    case .failure(let status):
      shared.receiver = nil
      resumption = { receiver.resume(throwing: status) }
      return 0
    }
  }
}
