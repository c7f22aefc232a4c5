import Synchronization

/// The open connections of a server.
final class ServerConnections: Sendable {
  private struct State {
    var open: [ObjectIdentifier: ServerConnection] = [:]
    var isShuttingDown = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  var count: Int { state.withLock { $0.open.count } }

  /// Makes a connection and keeps it until it calls `onClosed`; `nil` when the server ends.
  func add(
    _ make: (_ onClosed: @escaping @Sendable (ServerConnection) -> Void) -> ServerConnection
  ) -> ServerConnection? {
    let connection = make { [weak self] in self?.remove($0) }
    return state.withLock { state in
      if state.isShuttingDown { return nil }
      state.open[ObjectIdentifier(connection)] = connection
      return connection
    }
  }

  private func remove(_ connection: ServerConnection) {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.open[ObjectIdentifier(connection)] = nil
      guard state.open.isEmpty else { return [] }
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }

  func beginShutdown() {
    let open = state.withLock { state in
      state.isShuttingDown = true
      return Array(state.open.values)
    }
    for connection in open { connection.beginShutdown() }
  }

  func abortAll() {
    for connection in state.withLock({ Array($0.open.values) }) { connection.abort() }
  }

  func waitUntilEmpty() async {
    await withCheckedContinuation { continuation in
      let isEmpty = state.withLock { state in
        if !state.open.isEmpty { state.waiters.append(continuation) }
        return state.open.isEmpty
      }
      if isEmpty { continuation.resume() }
    }
  }
}
