import Platform

/// The connections of a proxy and what is planned for them. Confined to the proxy's loop, but for `traffic` and `change`.
final class ProxyLinks: @unchecked Sendable {
  struct Cut {
    let sender: TCPProxy.Sender
    let afterBytes: Int
  }

  let traffic = Watched(TCPProxy.Traffic())
  var target: Endpoint?
  var plans: [Cut] = []
  var isRefusing = false
  var latency = Duration.zero
  private(set) var isStalled = false
  private let loop: EventLoop
  private var open: [ObjectIdentifier: ProxyLink] = [:]

  init(loop: EventLoop) {
    self.loop = loop
  }

  /// Changes something on the loop, from anywhere, and waits until it is done.
  func change(_ body: @escaping @Sendable (ProxyLinks) -> Void) async {
    await withCheckedContinuation { continuation in
      loop.execute { [self] in
        body(self)
        continuation.resume()
      }
    }
  }

  func accept(_ client: Connection) -> (any ConnectionHandler)? {
    guard !isRefusing, let target else {
      traffic.withLock { $0.refusedConnections += 1 }
      return nil
    }
    let link = ProxyLink(of: self, cut: plans.isEmpty ? nil : plans.removeFirst())
    open[ObjectIdentifier(link)] = link
    traffic.withLock {
      $0.connections += 1
      $0.openConnections += 1
    }
    Task { [loop] in
      do {
        try await Connection.connect(to: target, loop: loop, handler: link.server)
      } catch {
        loop.execute { link.cut() }
      }
    }
    return link.client
  }

  func forget(_ link: ProxyLink) {
    guard open.removeValue(forKey: ObjectIdentifier(link)) != nil else { return }
    traffic.withLock { $0.openConnections -= 1 }
  }

  func count(_ bytes: Int, from sender: TCPProxy.Sender) {
    traffic.withLock { $0.bytes[sender, default: 0] += bytes }
  }

  func cut() {
    for link in open.values { link.cut() }
  }

  func stall() {
    isStalled = true
    for link in open.values { link.updateReading() }
  }

  func resume() {
    isStalled = false
    for link in open.values { link.updateReading() }
  }

  func endInput(from sender: TCPProxy.Sender) {
    for link in open.values { link.endInput(from: sender) }
  }

  func later(_ body: @escaping @Sendable () -> Void) {
    if latency == .zero { body() } else { loop.schedule(after: latency, body) }
  }
}
