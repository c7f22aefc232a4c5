import Platform

/// Looks after the connections of one loop with one timer, and keeps them until they are closed; has what they share.
/// Confined to the loop.
final class KeepaliveSweep: @unchecked Sendable {
  /// A sweep comes this many times per interval or timeout, whichever is shorter; so a silent peer is found out
  /// at most that fraction late.
  private static let sweepsPerInterval = 4.0
  private static let shortestPeriodSeconds = 0.01

  let memory = HTTP2Memory()
  private let loop: EventLoop
  private let keepalive: GRPCKeepalive?
  private var connections: [ObjectIdentifier: HTTP2Connection] = [:]
  private var timer: ScheduledTask?

  init(loop: EventLoop, keepalive: GRPCKeepalive?) {
    self.loop = loop
    self.keepalive = keepalive
  }

  var all: [HTTP2Connection] { Array(connections.values) }

  func add(_ connection: HTTP2Connection) {
    connections[ObjectIdentifier(connection)] = connection
    if timer == nil { planSweep() }
  }

  func remove(_ connection: HTTP2Connection) {
    connections[ObjectIdentifier(connection)] = nil
    if connections.isEmpty {
      timer?.cancel()
      timer = nil
    }
  }

  private func planSweep() {
    guard let keepalive else { return }
    let shorter = min(keepalive.intervalSeconds, keepalive.timeoutSeconds)
    let period = max(Self.shortestPeriodSeconds, shorter / Self.sweepsPerInterval)
    timer = loop.schedule(after: .seconds(period)) { [weak self] in self?.sweep(keepalive) }
  }

  private func sweep(_ keepalive: GRPCKeepalive) {
    let now = MonotonicClock.nanoseconds()
    for connection in all { connection.checkLiveness(keepalive, now: now) }
    timer = nil
    if !connections.isEmpty { planSweep() }
  }
}
