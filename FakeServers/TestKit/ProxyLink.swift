import Platform

/// A client's connection and the one that leads it on. Confined to the proxy's loop.
final class ProxyLink: @unchecked Sendable {
  /// A side that sends waits while more than this is on its way to the other one.
  private static let maximumPendingBytes = 256 * 1_024

  /// One of the two connections.
  final class End: ConnectionHandler, @unchecked Sendable {
    let sender: TCPProxy.Sender
    weak var link: ProxyLink?
    fileprivate(set) var connection: Connection?

    fileprivate init(_ sender: TCPProxy.Sender) {
      self.sender = sender
    }

    func connected(_ connection: Connection) {
      guard let link, !link.isOver else { return connection.abort() }
      self.connection = connection
      if link.endedInputs.contains(sender.other) { connection.closeOutput() }
      link.updateReading()
    }

    func received(_ bytes: ReceivedBytes) { link?.forward(bytes, from: self) }
    func outputDrained() { link?.updateReading() }

    func inputEnded() {
      guard let link else { return }
      link.owner?.later { [self] in link.endInput(from: sender) }
    }

    func closed(_ error: (any Error)?) {
      connection = nil
      link?.ended(self)
    }
  }

  let client = End(.client)
  let server = End(.server)
  fileprivate weak var owner: ProxyLinks?
  private let plannedCut: ProxyLinks.Cut?
  private var seenBytes = 0
  /// One side is gone: the other one goes as well, also one that is still being connected.
  private var isOver = false
  /// Whose input was ended; the one to be told of it may still be being connected.
  private var endedInputs: Set<TCPProxy.Sender> = []
  /// What waits for its time, in order; its timers may fire in any order.
  private var delayed: [TCPProxy.Sender: [ReceivedBytes]] = [:]

  init(of owner: ProxyLinks, cut: ProxyLinks.Cut?) {
    self.owner = owner
    plannedCut = cut
    client.link = self
    server.link = self
  }

  /// Neither side is read before both are there, while nothing goes through, or while the other one takes nothing.
  func updateReading() {
    let isStalled = owner?.isStalled == true
    for (end, other) in [(client, server), (server, client)] {
      guard let connection = end.connection else { continue }
      if !isStalled, let receiver = other.connection, receiver.pendingOutputBytes < Self.maximumPendingBytes {
        connection.resumeReading()
      } else {
        connection.pauseReading()
      }
    }
  }

  func cut() {
    isOver = true
    client.connection?.abort()
    server.connection?.abort()
    owner?.forget(self)
  }

  func endInput(from sender: TCPProxy.Sender) {
    endedInputs.insert(sender)
    (sender == .client ? server : client).connection?.closeOutput()
  }

  fileprivate func forward(_ bytes: ReceivedBytes, from end: End) {
    if let cut = plannedCut, cut.sender == end.sender {
      let allowed = min(bytes.count, cut.afterBytes - seenBytes)
      seenBytes += allowed
      guard seenBytes < cut.afterBytes else { return cutOff(bytes, after: allowed, from: end) }
    }
    owner?.count(bytes.count, from: end.sender)
    delayed[end.sender, default: []].append(bytes)
    owner?.later { [self] in deliver(from: end.sender) }
  }

  private func deliver(from sender: TCPProxy.Sender) {
    guard delayed[sender]?.isEmpty == false, let bytes = delayed[sender]?.removeFirst() else { return }
    (sender == .client ? server : client).connection?.write(bytes)
    updateReading()
  }

  /// The last bytes that go through; then the receiver sees the end, and the sender a reset.
  private func cutOff(_ bytes: ReceivedBytes, after allowed: Int, from end: End) {
    owner?.count(allowed, from: end.sender)
    let receiver = (end.sender == .client ? server : client).connection
    bytes.withUnsafeBytes { receiver?.write(copying: UnsafeRawBufferPointer(rebasing: $0[..<allowed])) }
    receiver?.close()
    end.connection?.abort()
  }

  fileprivate func ended(_ end: End) {
    isOver = true
    (end.sender == .client ? server : client).connection?.close()
    if client.connection == nil, server.connection == nil { owner?.forget(self) }
  }
}
