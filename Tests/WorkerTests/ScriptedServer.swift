import GRPC
import Platform
import Testing
import Worker
import WorkerProtocol

/// A server whose part the test plays: each stream that a worker opens is handed to the test, which says what is
/// sent on it and how it ends.
final class ScriptedServer: Sendable {
  /// One stream of a worker.
  final class Session: Sendable {
    let authorization: String?
    private let stream: GRPCServerStream
    private let received = Watched<[WorkerMessage]>([])
    private let end = Watched<GRPCStatus?>(nil)

    fileprivate init(_ stream: GRPCServerStream) {
      self.stream = stream
      authorization = stream.metadata[WorkerService.authorizationHeader]
    }

    /// Takes in what comes until the test ends the stream or the worker does.
    fileprivate func serve() async -> GRPCStatus {
      let reader = Task { [self] in
        // Ends when the worker has ended its side, or the stream is lost.
        defer { finish() }
        while let batch = try await stream.receive() {
          let messages = try batch.arrays().map { try WorkerMessage(decoding: $0) }
          received.withLock { $0 += messages }
        }
      }
      let status = try? await end.value { $0 }
      reader.cancel()
      return status ?? .ok
    }

    func send(_ messages: ServerMessage...) async throws {
      try await stream.send(messages.map { $0.encode() })
    }

    func send(raw bytes: [UInt8]) async throws {
      try await stream.send(bytes)
    }

    func finish(_ status: GRPCStatus = .ok) {
      end.withLock { $0 = $0 ?? status }
    }

    /// Waits for the next message, and takes it.
    func next() async throws -> WorkerMessage {
      _ = try await received.value(timeoutSeconds: 60, waitingFor: "a message") { $0.isEmpty ? nil : true }
      return received.withLock { $0.removeFirst() }
    }

    func runnerInfo() async throws -> WorkerMessage.RunnerInfo {
      let message = try await next()
      guard case .runnerInfo(let info) = message.payload else {
        throw SystemError(code: 71, operation: "the first message is \(message)")
      }
      return info
    }

    /// Takes output until the command has ended.
    func outcome(of id: UInt64, into log: inout [UInt8]) async throws -> WorkerMessage.Payload? {
      while true {
        let message = try await next()
        guard case .output(let output) = message.payload else { return message.payload }
        #expect(message.id == id)
        #expect(message.offset == UInt64(log.count))
        log += output.data
      }
    }
  }

  private let sessions: Watched<[Session]>
  private let server: GRPCServer
  private let isDown = Watched(false)

  var address: String { "127.0.0.1:\(server.port)" }

  private init(_ server: GRPCServer, _ sessions: Watched<[Session]>) {
    (self.server, self.sessions) = (server, sessions)
  }

  static func start() async throws -> ScriptedServer {
    let sessions = Watched<[Session]>([])
    let server = try await GRPCServer.start(
      GRPCServerConfiguration(),
      methods: [
        WorkerService.connectPath: { stream in
          let session = Session(stream)
          sessions.withLock { $0.append(session) }
          return await session.serve()
        }
      ])
    return ScriptedServer(server, sessions)
  }

  /// Ends all streams; done once.
  func shutdown() async {
    let wasDown = isDown.withLock { isDown in
      defer { isDown = true }
      return isDown
    }
    if !wasDown { await server.shutdown(graceSeconds: 0) }
  }

  /// Waits for the next stream, and takes it.
  func nextSession() async throws -> Session {
    _ = try await sessions.value(timeoutSeconds: 60, waitingFor: "a stream") { $0.isEmpty ? nil : true }
    return sessions.withLock { $0.removeFirst() }
  }

  /// Runs a worker against a server whose part `body` plays; gives how the worker ended.
  static func withWorker(
    leaseSeconds: Double = 30, adjust: (inout WorkerOptions) -> Void = { _ in },
    _ body: (ScriptedServer) async throws -> Void
  ) async throws -> WorkerExit {
    let server = try await start()
    var options = WorkerOptions(callbackURL: "", token: "token-1", logger: .disabled)
    options.serverAddress = server.address
    options.leaseSeconds = leaseSeconds
    options.graceSeconds = 1
    adjust(&options)
    let worker = Task { [options] in await Worker.run(options) }
    do {
      try await body(server)
    } catch {
      worker.cancel()
      _ = await worker.value
      await server.shutdown()
      throw error
    }
    let exit = await worker.value
    await server.shutdown()
    return exit
  }
}

extension ServerMessage {
  static func shell(_ script: String, id: UInt64) -> ServerMessage {
    ServerMessage(id: id, .run(.init(cmd: "sh", args: ["-c", script])))
  }

  static func ack(_ offset: Int) -> ServerMessage { ServerMessage(.ack(.init(offset: UInt64(offset)))) }
  static func resume(_ offset: Int, id: UInt64 = 0) -> ServerMessage {
    ServerMessage(.resume(.init(id: id, offset: UInt64(offset))))
  }
  static let allFeatures = ServerMessage(.features(.init(names: WorkerFeature.all)))
  static let close = ServerMessage(.close)
}
