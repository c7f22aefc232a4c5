import GRPC
import Platform
import WorkerProtocol

/// One stream to the server: sends what the session owes and takes what comes, until it ends.
struct WorkerStream: Sendable {
  let stream: GRPCClientStream
  let info: WorkerMessage.RunnerInfo
  let state: Watched<WorkerState>
  /// How long the server may take for an acknowledgement when nothing else is left to do.
  let leaseSeconds: Double

  /// What is handed to the stream at once: enough to fill its buffer, and no more copies than that.
  private static let batchBytes = 512 * 1_024
  private static let batchMessages = 1_024
  /// How long the server may take to end the stream after the worker did.
  private static let endSeconds = 5.0

  enum End: Sendable {
    /// The session was finished; both sides ended.
    case finished
    /// The server ended the stream in good order, without `Close`.
    case endedByServer
    case broken(ConnectFailure)
  }

  /// Returns when the stream has ended; it is given up when the task is cancelled.
  func serve() async -> End {
    state.withLock { $0.session.streamOpened() }
    let end = await exchange()
    state.withLock { $0.session.streamEnded() }
    return end
  }

  private enum Half: Sendable {
    case sent
    case received
    case failed(ConnectFailure)
    case timedOut
  }

  private func exchange() async -> End {
    await withTaskGroup(of: Half.self) { group in
      group.addTask { await half { try await send() } ?? .sent }
      group.addTask { await half { try await receive() } ?? .received }
      group.addTask { await half { try await waitForLastAcknowledgement() } ?? .timedOut }
      var hasSent = false
      var end = End.endedByServer
      while let half = await group.next() {
        switch half {
        case .sent:
          hasSent = true
          end = .finished
          group.addTask {
            try? await Task.sleep(for: .seconds(Self.endSeconds))
            return .timedOut
          }
          continue
        case .received, .timedOut: if hasSent { end = .finished }
        // After the worker's end nothing is owed, whatever becomes of the stream.
        case .failed(let failure): if !hasSent { end = .broken(failure) }
        }
        break
      }
      stream.cancel()
      group.cancelAll()
      return end
    }
  }

  /// One direction; `nil` when it ended as it should.
  private func half(_ body: () async throws -> Void) async -> Half? {
    do {
      try await body()
      return nil
    } catch let status as GRPCStatus {
      return .failed(ConnectFailure(status))
    } catch let failure as ConnectFailure {
      return .failed(failure)
    } catch let error as WorkerProtocolError {
      // Nothing on the way can spoil a message: this server speaks otherwise, and will again.
      return .failed(ConnectFailure("the server sent what is no message: \(error)", isFinal: true))
    } catch {
      return .failed(ConnectFailure("\(error)", isFinal: false))
    }
  }

  // MARK: Receiving

  private func receive() async throws {
    while let batch = try await stream.receive() {
      try batch.forEach(receive)
    }
  }

  private func receive(_ bytes: UnsafeRawBufferPointer) throws(WorkerProtocolError) {
    let message = try ServerMessage(decoding: bytes)
    state.withLock { $0.receive(message) }
  }

  // MARK: Sending

  /// Sends until the session is finished; then ends this side.
  private func send() async throws {
    while try await hasMore() {
      try await stream.send(nextBatch())
    }
    stream.finish()
  }

  private func hasMore() async throws -> Bool {
    try await state.value { state in
      if state.session.hasOutgoing { return true }
      return state.session.isFinished || state.isOver ? false : nil
    }
  }

  /// Fails when the server said `Close` and then, for as long as its lease, acknowledges nothing of what it owes.
  private func waitForLastAcknowledgement() async throws {
    var before: UInt64?
    while true {
      let missing = try await state.value { state in
        state.session.isClosing && state.session.runningCommand == nil
          ? state.session.unacknowledgedBytes : nil
      }
      if missing > 0, missing == before {
        throw ConnectFailure(
          "the server did not acknowledge the last \(missing) bytes of output in \(Int(leaseSeconds)) s",
          isFinal: true)
      }
      before = missing
      try await Task.sleep(for: .seconds(leaseSeconds))
    }
  }

  private func nextBatch() -> OutgoingMessages {
    state.withLock { state in
      var batch = OutgoingMessages()
      while batch.count < Self.batchMessages, batch.wireByteCount < Self.batchBytes,
        let message = state.session.takeOutgoing()
      {
        append(message, to: &batch)
      }
      return batch
    }
  }

  private func append(_ message: WorkerSession.Outgoing, to batch: inout OutgoingMessages) {
    switch message {
    case .runnerInfo: batch.append(WorkerMessage(.runnerInfo(info)).encode())
    case .output(let piece):
      let head = WorkerMessageFrame.outputHeader(
        id: piece.id, offset: piece.offset, stream: piece.stream, dataCount: piece.bytes.count)
      batch.append(head: head, payload: piece.bytes)
    case .done(let id, let exitCode):
      batch.append(WorkerMessage(id: id, .done(.init(exitCode: exitCode))).encode())
    case .failed(let id, let text): batch.append(WorkerMessage(id: id, .error(.init(message: text))).encode())
    case .fileChunk(let id, let chunk):
      let head = WorkerMessageFrame.fileChunkHeader(
        id: id, offset: chunk.offset, eof: chunk.isLast, dataCount: chunk.byteCount)
      batch.append(head: head, payload: chunk.parts)
    }
  }
}
