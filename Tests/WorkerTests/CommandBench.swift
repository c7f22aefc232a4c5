import Platform
import Testing
import WorkerProtocol

@testable import Worker

/// Carries out commands as a worker does, with the test in the server's place and no socket between them.
final class CommandBench: Sendable {
  struct Outcome: Sendable {
    var output: [UInt8] = []
    var error: [UInt8] = []
    var file: [UInt8] = []
    var exitCode: Int32?
    var failure: String?

    var outputText: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: error, as: UTF8.self) }
  }

  let folder: String
  let state: Watched<WorkerState>

  private init(folder: String, spoolBytes: Int, fileBytes: Int) {
    self.folder = folder
    state = Watched(
      WorkerState(
        session: WorkerSession(spoolCapacityBytes: spoolBytes, spoolFileBytes: fileBytes),
        token: "secret-token-1", graceSeconds: 1))
  }

  /// Gives `body` a worker in a new folder, and ends it afterwards.
  static func with(
    environment: [String: String] = ProcessEnvironment.current(), spoolBytes: Int = 1_000_000,
    fileBytes: Int = 0,
    drainSeconds: Double = 5, chunkBytes: Int = 256 * 1_024, _ body: (CommandBench) async throws -> Void
  ) async throws {
    try await withTemporaryDirectory(prefix: "worker") { folder in
      let bench = CommandBench(folder: folder, spoolBytes: spoolBytes, fileBytes: fileBytes)
      var options = WorkerOptions(
        callbackURL: "http://127.0.0.1:9", token: "secret-token-1", environment: environment,
        logger: .disabled)
      options.drainSeconds = drainSeconds
      options.fileChunkBytes = chunkBytes
      let executor = CommandExecutor(options: options, workFolder: folder, state: bench.state)
      async let ended: Void = executor.run()
      async let filed: Void = SpoolFiling(
        folder: folder, logger: .disabled, state: bench.state
      ).run()
      let result: Result<Void, any Error>
      do { result = .success(try await body(bench)) } catch { result = .failure(error) }
      bench.state.withLock { $0.end(graceSeconds: 1) }
      _ = await (ended, filed)
      try result.get()
    }
  }

  /// The server's side of a stream that is open.
  func open(features: [String] = [WorkerFeature.logAck]) {
    state.withLock { state in
      state.session.streamOpened()
      state.receive(ServerMessage(.features(.init(names: features))))
    }
  }

  func send(_ message: ServerMessage) {
    state.withLock { $0.receive(message) }
  }

  /// Sends a command and takes what comes until it ended, acknowledging as it goes.
  func carryOut(_ payload: ServerMessage.Payload, id: UInt64 = 1) async throws -> Outcome {
    open()
    send(ServerMessage(id: id, payload))
    return try await outcome(of: id)
  }

  func outcome(of id: UInt64) async throws -> Outcome {
    var outcome = Outcome()
    while try await !take(into: &outcome, id: id) {}
    return outcome
  }

  /// Waits for the next message and takes it in; `true` when it was the command's last.
  func take(into outcome: inout Outcome, id: UInt64) async throws -> Bool {
    let waiting: Bool = try await state.value(timeoutSeconds: 60, waitingFor: "the worker") {
      $0.session.hasOutgoing ? true : nil
    }
    guard waiting, let message = state.withLock({ $0.session.takeOutgoing() }) else { return false }
    switch message {
    case .runnerInfo: break
    case .output(let piece):
      #expect(piece.id == id)
      if piece.stream == .standardError {
        outcome.error += piece.bytes
      } else {
        outcome.output += piece.bytes
      }
      send(ServerMessage(.ack(.init(offset: piece.offset + UInt64(piece.bytes.count)))))
    case .done(let ended, let exitCode):
      #expect(ended == id)
      outcome.exitCode = exitCode
      return true
    case .failed(let ended, let text):
      #expect(ended == id)
      outcome.failure = text
      return true
    case .fileChunk(_, let chunk):
      #expect(chunk.offset == UInt64(outcome.file.count))
      outcome.file += chunk.parts.flatMap { $0.array() }
      return chunk.isLast
    }
    return false
  }

  /// Runs a shell script.
  func shell(_ script: String, env: [String: String] = [:], id: UInt64 = 1) async throws -> Outcome {
    try await carryOut(.run(.init(cmd: "sh", args: ["-c", script], env: env)), id: id)
  }
}
