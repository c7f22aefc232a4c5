package import Platform

/// A TCP proxy between a client and a server of a test, whose connections can be made to fail as a network fails.
///
/// What starts it stops it. Every change is in force when its call has returned. Everything happens on one loop.
package final class TCPProxy: Sendable {
  /// Whose bytes: those that the client sends, or those that the server sends.
  package enum Sender: Sendable, Hashable {
    case client, server

    var other: Sender { self == .client ? .server : .client }
  }

  /// What has gone through so far.
  package struct Traffic: Sendable, Hashable {
    /// Connections that were taken and led on, those that are closed again included.
    package internal(set) var connections = 0
    package internal(set) var openConnections = 0
    package internal(set) var refusedConnections = 0
    package internal(set) var bytes: [Sender: Int] = [:]
  }

  /// Where clients connect.
  package let address: SocketAddress

  private let group: EventLoopGroup
  private let listener: Listener
  private let links: ProxyLinks

  /// Listens at a free port of the loopback address; `lead(to:)` says where to.
  package static func start() async throws -> TCPProxy {
    let group = try EventLoopGroup(count: 1, name: "proxy")
    let links = ProxyLinks(loop: group.next())
    do {
      let listener = try await Listener.start(at: Endpoint(host: "127.0.0.1", port: 0), group: group) {
        links.accept($0)
      }
      return TCPProxy(group, listener, links)
    } catch {
      group.shutdown()
      throw error
    }
  }

  private init(_ group: EventLoopGroup, _ listener: Listener, _ links: ProxyLinks) {
    self.group = group
    self.listener = listener
    self.links = links
    address = listener.address
  }

  package func stop() async {
    await listener.close()
    await links.change { $0.cut() }
    group.shutdown()
  }

  /// Leads connections that come from now on to `target`; before the first call they are refused.
  package func lead(to target: Endpoint) async {
    await links.change { $0.target = target }
  }

  // MARK: Faults

  /// Cuts every connection that is open: both peers see a reset.
  package func cut() async {
    await links.change { $0.cut() }
  }

  /// Cuts a connection that comes later, once so many bytes of one side went through. Each call plans for one
  /// connection, in order; the other side gets exactly these bytes, and then the end.
  package func planCut(afterBytes count: Int, from sender: Sender) async {
    await links.change { $0.plans.append(ProxyLinks.Cut(sender: sender, afterBytes: count)) }
  }

  /// Nothing goes through any more, and nothing is closed; new connections are taken and are as silent.
  package func stall() async {
    await links.change { $0.stall() }
  }

  /// Ends `stall`.
  package func resume() async {
    await links.change { $0.resume() }
  }

  /// Tells the receivers of one side's bytes that no more will come; the other direction goes on.
  package func endInput(from sender: Sender) async {
    await links.change { $0.endInput(from: sender) }
  }

  /// Refuses new connections, or takes them again.
  package func setRefusing(_ isRefusing: Bool) async {
    await links.change { $0.isRefusing = isRefusing }
  }

  /// Delivers what comes from now on so much later, in both directions.
  package func setLatency(_ latency: Duration) async {
    await links.change { $0.latency = latency }
  }

  // MARK: Looking

  package var traffic: Traffic { links.traffic.withLock { $0 } }

  /// Waits until what has gone through is as wanted.
  package func waitForTraffic(
    timeoutSeconds: Double, _ condition: @escaping @Sendable (Traffic) -> Bool
  ) async throws {
    try await links.traffic.value(timeoutSeconds: timeoutSeconds, waitingFor: "traffic through the proxy") {
      condition($0) ? () : nil
    }
  }
}
