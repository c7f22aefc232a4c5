import HTTP
import Platform

/// The server in front of the cluster. It can go away and come again at the same port while the cluster lives on.
actor Frontend {
  nonisolated let port: Int
  private let configuration: HTTPServerConfiguration
  private let handler: HTTPServer.Handler
  private var server: HTTPServer?
  private var isStarting = false
  private var isEnded = false
  private var restarting: Task<Void, Never>?

  /// Listens at the address; port 0 takes a free one.
  init(address: String, handler: @escaping HTTPServer.Handler) async throws {
    let server = try await HTTPServer.start(HTTPServerConfiguration(address: address), handler: handler)
    let host = address.split(separator: ":", omittingEmptySubsequences: false).dropLast()
    self.server = server
    self.handler = handler
    port = server.port
    configuration = HTTPServerConfiguration(address: "\(host.joined(separator: ":")):\(server.port)")
  }

  /// Cuts open requests; nobody listens at the port then.
  func stop(graceSeconds: Double = 0) async {
    let server = server
    self.server = nil
    await server?.shutdown(graceSeconds: graceSeconds)
  }

  /// Listens again, unless it does.
  func start() async throws {
    guard server == nil, !isStarting, !isEnded else { return }
    isStarting = true
    defer { isStarting = false }
    let server = try await HTTPServer.start(configuration, handler: handler)
    // The end may have come meanwhile.
    if isEnded { await server.shutdown(graceSeconds: 0) } else { self.server = server }
  }

  /// Goes away once the answers on their way are sent, and comes again after a time.
  func restart(afterSeconds downSeconds: Double) {
    guard restarting == nil, !isEnded else { return }
    restarting = Task {
      await stop(graceSeconds: 0.5)
      try? await Task.sleep(for: .seconds(downSeconds))
      try? await start()
      restarting = nil
    }
  }

  func end() async {
    isEnded = true
    restarting?.cancel()
    await restarting?.value
    await stop()
  }
}
