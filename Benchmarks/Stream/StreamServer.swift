import ArtifactStore
import GRPC
import Platform
import WorkerProtocol

/// The matriz's side: asks each worker for the file, takes its chunks into the artifact store's writer, asks again
/// until the time is over.
struct StreamServer {
  let options: Side.Options

  init(_ options: Side.Options) {
    self.options = options
  }

  func run() async throws -> SideReport {
    let options = options
    let clock = MeasuredTime()
    let ended = Watched<(connections: Int, bytes: Int, failure: String?)>((0, 0, nil))
    let folder = try await ArtifactFolder.open(options.folder, synchronizes: false)
    let server = try await GRPCServer.start(
      GRPCServerConfiguration(),
      methods: [
        WorkerService.connectPath: { stream in
          do {
            let bytes = try await StreamTransfers(
              options: options, folder: folder, stream: stream, clock: clock
            ).run()
            ended.withLock { $0 = ($0.connections + 1, $0.bytes + bytes, nil) }
            return .ok
          } catch {
            ended.withLock { $0.failure = "\(error)" }
            return GRPCStatus(.aborted, "\(error)")
          }
        }
      ])
    emit("port \(server.port)")
    let result = try await ended.value { state -> (bytes: Int, failure: String?)? in
      state.connections == options.connections || state.failure != nil ? (state.bytes, state.failure) : nil
    }
    if let failure = result.failure { throw UsageError("benchmarks: \(failure)") }
    let report = SideReport(seconds: clock.seconds, bytes: result.bytes)
    await server.shutdown(graceSeconds: 5)
    return report
  }
}

/// The transfers of one worker.
private struct StreamTransfers {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let options: Side.Options
  let folder: ArtifactFolder
  let stream: GRPCServerStream
  let clock: MeasuredTime

  func run() async throws -> Int {
    var bytes = 0
    var id: UInt64 = 0
    repeat {
      id += 1
      clock.begin()
      bytes += try await transfer(id)
      clock.end()
    } while clock.seconds < Double(options.seconds)
    try await stream.send(ServerMessage(.close).encode())
    while try await stream.receive() != nil {}
    return bytes
  }

  private func transfer(_ id: UInt64) async throws -> Int {
    var copy = ServerMessage.Copy()
    copy.direction = .fromWorker
    copy.source = options.file
    try await stream.send(ServerMessage(id: id, .copy(copy)).encode())
    let writer = try await folder.writer(expectedBytes: nil)
    while let batch = try await stream.receive() {
      var pieces: [ReceivedBytes] = []
      var isLast = false
      try batch.forEachMessage { message in
        if let chunk = FileChunkParts(message) {
          pieces += chunk.data
          isLast = isLast || chunk.eof
        } else {
          isLast = try message.withUnsafeBytes { try Self.readRest($0) } || isLast
        }
      }
      if !pieces.isEmpty { try await writer.write(pieces) }
      if isLast { return Int(try await writer.finish().size) }
    }
    throw Failure(description: "the worker ended the stream")
  }

  /// An end without data, or a message that is not of the file; says whether it was the end.
  private static func readRest(_ bytes: UnsafeRawBufferPointer) throws -> Bool {
    let message = try WorkerMessage(decoding: bytes)
    switch message.payload {
    case .fileChunk(let chunk) where chunk.data.isEmpty: return chunk.eof
    case .fileChunk: throw Failure(description: "a chunk that is not as our workers send it")
    case .error(let error): throw Failure(description: error.message)
    default: return false
    }
  }
}
