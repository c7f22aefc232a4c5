import CShims
import Glibc

/// What a connection tells its owner. Every call comes on the connection's loop; none comes after `closed`.
package protocol ConnectionHandler: AnyObject {
  /// The connection is usable: for a secured one, the handshake is over.
  func connected(_ connection: Connection)
  /// Bytes of the application, as they came.
  func received(_ bytes: ReceivedBytes)
  /// What was written has gone to the kernel, but for less than `Connection.lowWaterBytes`: write more if there is more.
  func outputDrained()
  /// The peer will send no more (it may still read).
  func inputEnded()
  /// The connection is gone, in order (`nil`) or not. The handler is released after this.
  func closed(_ error: (any Error)?)
}

/// A TCP connection on an event loop, in the clear or secured.
///
/// States: opening (TLS handshake) -> open -> closing (pending output is still sent) -> closed.
/// All methods are called on the loop, except where a method says that any thread may call it. Output is queued
/// and sent when the callback that runs now is over, so that many small writes become one system call.
package final class Connection: EventHandler, @unchecked Sendable {
  /// `outputDrained` is called when less than this is waiting to be sent.
  package static let lowWaterBytes = 64 * 1_024
  /// A connection that is closing, and whose peer does not read, is cut after this.
  package static let maximumCloseSeconds = 10
  /// One readable event reads at most this much, so that one peer does not keep the others waiting.
  static let maximumReadBytesPerEvent = 1_024 * 1_024

  enum Phase {
    case opening, open, closing, closed
  }

  package let loop: EventLoop
  package let peer: SocketAddress

  private let descriptor: Int32
  private var token: UInt64?
  private var watchedEvents: UInt32 = 0
  private var handler: (any ConnectionHandler)?
  private let security: (any TransportSecuritySession)?
  private var phase = Phase.opening
  private var output = OutputQueue()
  private var isReadingPaused = false
  private var isInputEnded = false
  private var isOutputClosing = false
  private var isOutputClosed = false
  private var isFlushPlanned = false
  /// Something was written since `outputDrained` was last called.
  private var owesDrained = false

  /// Takes ownership of a connected, non-blocking socket. Call `start` on the loop.
  init(
    owning descriptor: consuming Descriptor, peer: SocketAddress, loop: EventLoop,
    security: (any TransportSecuritySession)?
  ) {
    self.descriptor = descriptor.release()
    self.peer = peer
    self.loop = loop
    self.security = security
  }

  deinit {
    if phase != .closed { Glibc.close(descriptor) }
  }

  /// What both sides agreed on by ALPN; `nil` in the clear.
  package var applicationProtocol: String? { security?.applicationProtocol }

  package var isSecured: Bool { security != nil }

  /// Bytes that were written and not yet taken by the kernel.
  package var pendingOutputBytes: Int { output.byteCount }

  package var isClosed: Bool { phase == .closed }

  func start(handler: any ConnectionHandler) {
    self.handler = handler
    do {
      watchedEvents = SHIM_EPOLLIN
      token = try loop.watch(descriptor, events: watchedEvents, self)
      guard let security else {
        phase = .open
        handler.connected(self)
        return
      }
      try security.start()
      output.append(security.takeOutput()[...])
      planFlush()
    } catch {
      finish(error)
    }
  }

  // MARK: Output

  package func write(_ bytes: [UInt8]) {
    write(bytes[...])
  }

  /// Queues bytes; a large slice is kept without a copy. Dropped when the output is closing or closed.
  package func write(_ bytes: ArraySlice<UInt8>) {
    guard phase == .open || phase == .opening, !isOutputClosing, !bytes.isEmpty else { return }
    if let security {
      do {
        try bytes.withUnsafeBytes { try security.send($0) }
        output.append(security.takeOutput()[...])
      } catch {
        finish(error)
        return
      }
    } else {
      output.append(bytes)
    }
    owesDrained = true
    planFlush()
  }

  /// Queues bytes that are kept where they are, without a copy.
  package func write(_ bytes: ReceivedBytes) {
    guard phase == .open || phase == .opening, !isOutputClosing, bytes.count > 0 else { return }
    guard security == nil else { return bytes.withUnsafeBytes { write(copying: $0) } }
    output.append(bytes)
    owesDrained = true
    planFlush()
  }

  /// Queues a copy of the bytes.
  package func write(copying bytes: UnsafeRawBufferPointer) {
    guard phase == .open || phase == .opening, !isOutputClosing, !bytes.isEmpty else { return }
    guard security == nil else { return write(Array(bytes)) }
    output.append(copying: bytes)
    owesDrained = true
    planFlush()
  }

  /// Sends what is pending, then says that no more comes (TCP FIN); the peer may still send.
  package func closeOutput() {
    guard phase != .closed, !isOutputClosing else { return }
    isOutputClosing = true
    if let security {
      security.closeOutput()
      output.append(security.takeOutput()[...])
    }
    planFlush()
  }

  /// Sends what is pending and closes; nothing more is received.
  package func close() {
    guard phase == .open || phase == .opening else { return }
    closeOutput()
    phase = .closing
    pauseReading()
    planFlush()
    loop.schedule(after: .seconds(Self.maximumCloseSeconds)) { [weak self] in self?.finish(nil) }
  }

  /// Closes at once; what is pending is lost and the peer sees a reset.
  package func abort() {
    guard phase != .closed else { return }
    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    finish(nil)
  }

  // MARK: Input

  /// Takes no more bytes from the kernel, so that the peer's window closes.
  package func pauseReading() {
    isReadingPaused = true
    updateWatch()
  }

  package func resumeReading() {
    guard phase == .open, isReadingPaused else { return }
    isReadingPaused = false
    updateWatch()
  }

  func handle(events: UInt32) {
    if events & SHIM_EPOLLIN != 0 { readInput() }
    if phase != .closed, events & SHIM_EPOLLOUT != 0 { flush() }
    if phase != .closed, events & (SHIM_EPOLLERR | SHIM_EPOLLHUP) != 0 { handleHangUp(events) }
  }

  /// Both directions are over, or the connection broke. Epoll tells that whether or not we read or write.
  private func handleHangUp(_ events: UInt32) {
    if phase == .closing { return flush() }
    // The end of unread input is seen by reading it.
    if events & SHIM_EPOLLIN != 0, !isReadingPaused, !isInputEnded { return }
    let code = Socket.pendingError(descriptor)
    if code == 0, isOutputClosed { return finish(nil) }
    finish(SystemError(code: code == 0 ? ECONNRESET : code, operation: "connection to \(peer)"))
  }

  private func readInput() {
    var total = 0
    while phase == .opening || phase == .open, !isReadingPaused, !isInputEnded,
      total < Self.maximumReadBytesPerEvent
    {
      var room = 0
      let (result, bytes) = loop.slabs.read { memory in
        room = memory.count
        return recv(descriptor, memory.baseAddress, memory.count, 0)
      }
      if let bytes {
        total += result
        take(bytes)
        // A short read means that the kernel has no more now.
        if result < room { return }
      } else if result == 0 {
        return endInput()
      } else if errno == EAGAIN {
        return
      } else if errno != EINTR {
        return finish(SystemError.last("read from \(peer)"))
      }
    }
  }

  private func take(_ bytes: ReceivedBytes) {
    guard let security else {
      handler?.received(bytes)
      return
    }
    do {
      let wasEstablished = security.isEstablished
      var plain: [ReceivedBytes] = []
      try bytes.withUnsafeBytes { wire in
        try security.receive(wire) { plain += copyIntoSlabs($0) }
      }
      output.append(security.takeOutput()[...])
      if output.byteCount > 0 { planFlush() }
      if security.isEstablished, !wasEstablished, phase == .opening {
        phase = .open
        handler?.connected(self)
      }
      for part in plain where phase == .open { handler?.received(part) }
      if security.isInputClosed, phase == .open { endInput() }
    } catch {
      // The alert that tells the peer why is still sent.
      output.append(security.takeOutput()[...])
      flush()
      finish(error)
    }
  }

  private func copyIntoSlabs(_ plain: UnsafeRawBufferPointer) -> [ReceivedBytes] {
    var rest = plain
    var parts: [ReceivedBytes] = []
    while !rest.isEmpty {
      let (count, bytes) = loop.slabs.read { memory in
        let count = min(memory.count, rest.count)
        memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
        return count
      }
      if let bytes { parts.append(bytes) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return parts
  }

  private func endInput() {
    guard !isInputEnded else { return }
    isInputEnded = true
    guard phase == .open else {
      return finish(SystemError(code: ECONNRESET, operation: "handshake with \(peer)"))
    }
    updateWatch()
    handler?.inputEnded()
  }

  // MARK: Flushing

  private func planFlush() {
    guard !isFlushPlanned else { return }
    isFlushPlanned = true
    loop.flushLater(self)
  }

  /// Sends as much as the kernel takes; called by the loop.
  func flush() {
    isFlushPlanned = false
    guard phase != .closed else { return }
    do {
      let isEmpty = try output.send(to: descriptor)
      updateWatch()
      if isEmpty, phase == .closing { return finish(nil) }
      if isEmpty, isOutputClosing, !isOutputClosed {
        isOutputClosed = true
        shutdown(descriptor, Int32(SHUT_WR))
      }
    } catch {
      return finish(SystemError(code: error.code, operation: "write to \(peer)"))
    }
    if owesDrained, phase == .open, output.byteCount < Self.lowWaterBytes {
      owesDrained = false
      handler?.outputDrained()
    }
  }

  private func updateWatch() {
    guard phase != .closed, let token else { return }
    var events: UInt32 = isReadingPaused || isInputEnded ? 0 : SHIM_EPOLLIN
    if output.byteCount > 0 { events |= SHIM_EPOLLOUT }
    guard events != watchedEvents else { return }
    watchedEvents = events
    loop.change(descriptor, events: events, token: token)
  }

  private func finish(_ error: (any Error)?) {
    guard phase != .closed else { return }
    phase = .closed
    if let token { loop.unwatch(descriptor, token: token) }
    Glibc.close(descriptor)
    output = OutputQueue()
    let handler = self.handler
    self.handler = nil
    handler?.closed(error)
  }
}
