import Platform
import Synchronization

/// Who runs connections: the server or a client. Called on the connection's loop.
protocol HTTP2ConnectionOwner: AnyObject, Sendable {
  /// The peer's SETTINGS have come: it speaks HTTP/2.
  func connectionReady(_ connection: HTTP2Connection)
  /// A server has a call to be answered.
  func accepted(_ stream: CallStream, head: RequestHead)
  func connectionClosed(_ connection: HTTP2Connection, status: GRPCStatus)
}

/// One connection: feeds received bytes to the HTTP/2 session, the session's output to the socket, and what the
/// session tells to the calls.
///
/// States: open -> draining (no new calls; closed when the last one ends) -> closed. Confined to its loop but for
/// `isShortOfWindow`.
final class HTTP2Connection: @unchecked Sendable {
  /// Frames are made only while less than this waits for the socket.
  private static let maximumSocketBacklogBytes = 256 * 1024

  private static let maximumGatheredBytes = 64 * 1024

  let loop: EventLoop
  let limits: GRPCLimits
  let role: HTTP2Session.Role
  private let shortOfWindow = Atomic<Bool>(false)

  private let memory: HTTP2Memory
  private weak let owner: (any HTTP2ConnectionOwner)?
  private var transport: Connection?
  private var session: HTTP2Session?
  private var streams: [Int32: CallStream] = [:]
  /// Streams that something arrived for during the read that is handled now.
  private var touched: [CallStream] = []
  /// Output that is to be secured together.
  private var secured: [UInt8] = []
  private var uncreditedBytes = 0
  private var isHandlingInput = false
  private var isPumping = false
  private var isDraining = false
  private var lastReceivedNanoseconds = MonotonicClock.nanoseconds()
  private var isPingOutstanding = false
  private var closeReason: GRPCStatus?
  /// Set once the peer's SETTINGS have come.
  private(set) var isReady = false

  init(
    role: HTTP2Session.Role, loop: EventLoop, limits: GRPCLimits, memory: HTTP2Memory,
    owner: any HTTP2ConnectionOwner
  ) {
    self.role = role
    self.memory = memory
    self.loop = loop
    self.limits = limits
    self.owner = owner
  }

  var peer: SocketAddress? { transport?.peer }
  var isClosed: Bool { session == nil && closeReason != nil }

  /// The peer's window for the whole connection may run out because of credit that consumers have not reported:
  /// they report at once now. Any thread may ask.
  var isShortOfWindow: Bool { shortOfWindow.load(ordering: .sequentiallyConsistent) }

  // MARK: Calls

  /// Opens a call of a client.
  func open(_ stream: CallStream, fields: [(name: String, value: String)]) throws(GRPCStatus) {
    guard let session, !isDraining else {
      throw closeReason ?? GRPCStatus(.unavailable, "the connection is closing")
    }
    guard let id = session.submitRequest(fields) else {
      throw GRPCStatus(.unavailable, "the connection takes no more calls")
    }
    stream.id = id
    stream.hasSentHeaders = true
    streams[id] = stream
    pump()
  }

  /// The consumer of a stream has done something that the loop has to act on.
  func visit(_ stream: CallStream) {
    guard let session, streams[stream.id] === stream else { return }
    let visit = stream.beginVisit()
    credit(stream, visit.creditBytes)
    if !stream.hasSentHeaders {
      answer(stream, visit)
    } else if visit.hasOutput {
      session.resume(stream: stream.id)
    }
    pump()
  }

  private func answer(_ stream: CallStream, _ visit: CallStream.Visit) {
    guard visit.startsResponse, let session else { return }
    stream.hasSentHeaders = true
    if let status = visit.finalStatus {
      session.submitResponse(ResponseFields.trailersOnly(status), stream: stream.id, hasBody: false)
    } else {
      session.submitResponse(
        ResponseFields.headers(visit.responseMetadata ?? GRPCMetadata()), stream: stream.id, hasBody: true)
    }
  }

  /// Ends a call from our side, whatever its state.
  func giveUp(_ stream: CallStream, _ status: GRPCStatus) {
    guard let session, streams[stream.id] === stream else { return }
    session.reset(stream: stream.id, error: HTTP2Error.cancel)
    stream.response = ResponseState()
    _ = stream.response.fail(status, mustReset: false)
    stream.close(status, dropsInbound: true)
    pump()
  }

  /// A server ends a call whose deadline has passed: the handler sees it, the client gets the status.
  func expire(_ stream: CallStream) {
    guard let session, streams[stream.id] === stream else { return }
    let status = GRPCStatus(.deadlineExceeded, "the deadline has passed")
    if role == .server, !stream.hasSentHeaders {
      stream.hasSentHeaders = true
      session.submitResponse(ResponseFields.trailersOnly(status), stream: stream.id, hasBody: false)
      stream.close(status, dropsInbound: true)
      pump()
    } else {
      giveUp(stream, status)
    }
  }

  // MARK: Flow control

  private func credit(_ stream: CallStream, _ byteCount: Int) {
    let byteCount = min(byteCount, stream.uncreditedBytes)
    guard byteCount > 0 else { return }
    stream.uncreditedBytes -= byteCount
    uncreditedBytes -= byteCount
    session?.consume(stream: stream.id, byteCount: byteCount)
  }

  /// When half of the connection's window is not credited, consumers hold it back together: collect what they have.
  private func watchWindow() {
    let isShort = uncreditedBytes > limits.connectionWindowBytes / 2
    // The flag goes up before the streams are asked: a consumer either sees it or is asked after it took.
    if isShort != isShortOfWindow { shortOfWindow.store(isShort, ordering: .sequentiallyConsistent) }
    guard isShort else { return }
    for stream in streams.values { credit(stream, stream.takeUnreportedCredit()) }
  }

  // MARK: Output

  /// Makes frames until the session has none or enough is waiting for the socket.
  func pump() {
    guard !isHandlingInput, !isPumping, let session, let transport else { return }
    isPumping = true
    defer { isPumping = false }
    while transport.pendingOutputBytes < Self.maximumSocketBacklogBytes {
      guard session.nextOutput({ write($0) }) else { break }
    }
    flushSecured()
    if session.isOver { transport.close() }
  }

  /// Writes a copy. What is secured is gathered first: frames and their headers share TLS records.
  private func write(_ bytes: UnsafeRawBufferPointer) {
    guard let transport else { return }
    guard transport.isSecured else { return transport.write(copying: bytes) }
    secured.append(contentsOf: bytes)
    if secured.count >= Self.maximumGatheredBytes { flushSecured() }
  }

  private func flushSecured() {
    guard !secured.isEmpty else { return }
    transport?.write(secured)
    secured = []
  }

  // MARK: Life

  /// Takes no new calls, and closes when the open ones have ended.
  func drain() {
    guard let session, !isDraining else { return }
    isDraining = true
    session.goAway()
    pump()
    closeIfDrained()
  }

  /// Ends all calls with `status`, tells the peer, and closes.
  func end(_ status: GRPCStatus) {
    guard let session, let transport else { return }
    if closeReason == nil { closeReason = status }
    for stream in streams.values {
      session.reset(stream: stream.id, error: HTTP2Error.cancel)
      stream.close(status)
    }
    session.goAway()
    pump()
    transport.close()
  }

  private func closeIfDrained() {
    guard isDraining, streams.isEmpty else { return }
    if closeReason == nil { closeReason = GRPCStatus(.unavailable, "the connection was closed") }
    transport?.close()
  }

  /// Pings a peer that was silent for the interval, cuts one that was silent for interval and timeout.
  func checkLiveness(_ keepalive: GRPCKeepalive, now: Int64) {
    guard let session else { return }
    let silentSeconds = Double(now - lastReceivedNanoseconds) / 1e9
    if silentSeconds >= keepalive.intervalSeconds + keepalive.timeoutSeconds {
      closeReason = GRPCStatus(.unavailable, "the peer did not answer for \(Int(silentSeconds)) s")
      transport?.abort()
    } else if silentSeconds >= keepalive.intervalSeconds, !isPingOutstanding {
      isPingOutstanding = true
      session.ping()
      pump()
    }
  }
}

// MARK: - From the socket

extension HTTP2Connection: ConnectionHandler {
  func connected(_ connection: Connection) {
    transport = connection
    lastReceivedNanoseconds = MonotonicClock.nanoseconds()
    if connection.isSecured, connection.applicationProtocol != "h2" {
      closeReason = GRPCStatus(.unavailable, "the peer did not agree on HTTP/2 (ALPN)")
      return connection.close()
    }
    do {
      session = try HTTP2Session(role: role, limits: limits, memory: memory, delegate: self)
      pump()
    } catch {
      closeReason = GRPCStatus(.unavailable, "\(error)")
      connection.close()
    }
  }

  func received(_ bytes: ReceivedBytes) {
    guard let session else { return }
    lastReceivedNanoseconds = MonotonicClock.nanoseconds()
    isPingOutstanding = false
    isHandlingInput = true
    let isSound = session.receive(bytes)
    deliverTouched()
    isHandlingInput = false
    pump()
    if !isSound {
      closeReason = GRPCStatus(.unavailable, "the peer broke the HTTP/2 protocol")
      transport?.close()
    }
  }

  private func deliverTouched() {
    guard !touched.isEmpty else { return }
    for stream in touched { handOver(stream) }
    touched.removeAll(keepingCapacity: true)
    watchWindow()
  }

  func outputDrained() {
    pump()
  }

  func inputEnded() {
    transport?.close()
  }

  func closed(_ error: (any Error)?) {
    let status =
      closeReason
      ?? GRPCStatus(
        .unavailable, error.map { "the connection broke: \($0)" } ?? "the peer closed the connection")
    closeReason = status
    for stream in streams.values {
      _ = stream.response.fail(status, mustReset: false)
      stream.close(status)
    }
    streams = [:]
    session = nil
    transport = nil
    owner?.connectionClosed(self, status: status)
  }
}

// MARK: - From the session

extension HTTP2Connection: HTTP2SessionDelegate {
  func receivedHeaders(_ block: HeaderBlock, stream id: Int32, endsStream: Bool) {
    if let stream = streams[id] {
      deliver(stream)
      switch role {
      case .client: act(stream.response.receive(block, endsStream: endsStream), on: stream)
      // Trailers of a request say nothing in gRPC.
      case .server: if endsStream { receivedEnd(stream: id) }
      }
    } else if role == .server {
      acceptCall(block, id: id, endsStream: endsStream)
    }
  }

  private func acceptCall(_ block: HeaderBlock, id: Int32, endsStream: Bool) {
    let head: RequestHead
    do {
      head = try RequestHead(block)
    } catch {
      session?.submitResponse(
        ResponseFields.trailersOnly(error.status, httpStatus: error.httpStatus), stream: id, hasBody: false)
      return
    }
    let stream = CallStream(connection: self, limits: limits)
    stream.id = id
    streams[id] = stream
    if let seconds = head.timeoutSeconds {
      stream.deadline = loop.schedule(after: .seconds(seconds)) { [weak stream] in
        if let stream { stream.connection.expire(stream) }
      }
    }
    owner?.accepted(stream, head: head)
    if endsStream { receivedEnd(stream: id) }
  }

  func receivedData(_ bytes: ReceivedBytes, stream id: Int32) {
    guard let stream = streams[id] else {
      session?.consumeConnection(byteCount: bytes.count)
      return
    }
    stream.uncreditedBytes += bytes.count
    uncreditedBytes += bytes.count
    if stream.arrivedBytes == 0 { touched.append(stream) }
    stream.arrivedBytes += bytes.count
    guard !stream.isRefusingData else { return }
    do {
      try stream.deframer.append(bytes, to: &stream.arrived)
    } catch {
      stream.isRefusingData = true
      deliver(stream)
      fail(stream, error)
    }
  }

  func receivedEnd(stream id: Int32) {
    guard let stream = streams[id] else { return }
    deliver(stream)
    switch role {
    case .client: act(stream.response.receiveEnd(), on: stream)
    case .server:
      if stream.deframer.isAtBoundary {
        stream.endInbound(.ok)
      } else {
        fail(stream, GRPCStatus(.internalError, "the call ended in the middle of a message"))
      }
    }
  }

  func receivedSettings() {
    guard !isReady else { return }
    isReady = true
    owner?.connectionReady(self)
  }

  func receivedGoAway(error: UInt32) {
    isDraining = true
    if error != HTTP2Error.noError, closeReason == nil {
      closeReason = GRPCStatus(.unavailable, "the peer ended the connection (HTTP/2 error \(error))")
    }
    closeSoonIfDrained()
  }

  func streamClosed(_ id: Int32, error: UInt32) {
    guard let stream = streams.removeValue(forKey: id) else { return }
    deliver(stream)
    let status =
      error == HTTP2Error.noError
      ? GRPCStatus(.internalError, "the stream ended without a status")
      : GRPCStatus(GRPCStatus.Code(http2Error: error), "the peer reset the call (HTTP/2 error \(error))")
    switch role {
    case .client: act(stream.response.fail(status, mustReset: false), on: stream)
    case .server:
      // A server's reset is never told to itself: what remains is the client's, which means cancelled.
      let isOver = error == HTTP2Error.noError
      stream.close(isOver ? .ok : GRPCStatus(.cancelled, "the client has ended the call"))
    }
    uncreditedBytes -= stream.uncreditedBytes
    session?.consumeConnection(byteCount: stream.uncreditedBytes)
    stream.uncreditedBytes = 0
    closeSoonIfDrained()
  }

  /// Not from inside the session: what it has queued (the trailers of the last call) goes out first.
  private func closeSoonIfDrained() {
    guard isDraining, streams.isEmpty else { return }
    loop.execute { [self] in
      pump()
      closeIfDrained()
    }
  }

  func outboundState(stream id: Int32) -> HTTP2Session.OutboundState {
    streams[id]?.outboundState() ?? .finished
  }

  func writeData(frameHeader: UnsafeRawBufferPointer, byteCount: Int, stream id: Int32) {
    write(frameHeader)
    streams[id]?.takeOutbound(byteCount) { piece in
      guard let transport, !transport.isSecured else { return piece.withUnsafeBytes { write($0) } }
      switch piece {
      case .bytes(let bytes): transport.write(bytes)
      case .shared(let bytes): transport.write(bytes)
      }
    }
  }

  /// Hands over what has arrived, before something that follows it.
  private func deliver(_ stream: CallStream) {
    guard stream.arrivedBytes > 0 else { return }
    touched.removeAll { $0 === stream }
    handOver(stream)
  }

  private func handOver(_ stream: CallStream) {
    let delivery = stream.deliverArrived()
    if delivery.hasGrown, streams[stream.id] === stream {
      session?.setWindow(stream: stream.id, byteCount: stream.window.byteCount)
    }
    credit(stream, delivery.creditBytes)
  }

  private func act(_ action: ResponseState.Action, on stream: CallStream) {
    switch action {
    case .none: break
    case .open(let metadata): stream.setInitialMetadata(metadata)
    case .end(let status, let mustReset):
      // The stream itself may be half open still: our side ends with a reset, as nobody reads what we send.
      let status = status.isOK && !stream.deframer.isAtBoundary ? Self.cutMessage : status
      stream.close(status)
      if mustReset || session?.isLocallyOpen(stream: stream.id) == true {
        session?.reset(stream: stream.id, error: mustReset ? HTTP2Error.cancel : HTTP2Error.noError)
      }
    }
  }

  private static let cutMessage = GRPCStatus(
    .internalError, "the answer ended in the middle of a message")

  /// A message of the peer cannot be taken: the call ends with `status` on both sides.
  private func fail(_ stream: CallStream, _ status: GRPCStatus) {
    switch role {
    case .client: act(stream.response.fail(status, mustReset: true), on: stream)
    case .server:
      if stream.hasSentHeaders {
        stream.endInbound(status)
        stream.finish(status)
      } else {
        stream.hasSentHeaders = true
        session?.submitResponse(ResponseFields.trailersOnly(status), stream: stream.id, hasBody: false)
        stream.close(status)
      }
    }
  }
}
