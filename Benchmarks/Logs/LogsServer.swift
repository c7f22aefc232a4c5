import GRPC
import Matriz
import Platform
import WorkerProtocol

/// Appends the output of each batch to a job's log as the matriz does, and acknowledges it.
struct LogsServer {
  let options: Side.Options

  init(_ options: Side.Options) {
    self.options = options
  }

  func run() async throws -> SideReport {
    let ended = Watched<GRPCStatus?>(nil)
    let path = "\(options.folder)/benchmark-logs/job.log"
    let server = try await GRPCServer.start(
      GRPCServerConfiguration(),
      methods: [
        WorkerService.connectPath: { stream in
          let status: GRPCStatus
          do {
            try await Self.serve(stream, path: path)
            status = .ok
          } catch {
            status = GRPCStatus(.aborted, "\(error)")
          }
          ended.withLock { $0 = status }
          return status
        }
      ])
    emit("port \(server.port)")
    let status = try await ended.value { $0 }
    if !status.isOK { throw UsageError("benchmarks: \(status.message)") }
    let report = SideReport()
    await server.shutdown(graceSeconds: 5)
    return report
  }

  private static func serve(_ stream: GRPCServerStream, path: String) async throws {
    let log = try await JobLog.open(path: path)
    let acknowledgement = LogAcknowledgement(of: log) { offset in
      try await stream.send(ServerMessage(.ack(ServerMessage.Ack(id: 1, offset: UInt64(offset)))).encode())
    } failed: { error in
      stream.cancel(GRPCStatus(.unavailable, "\(error)"))
    }
    while let messages = try await stream.receive() {
      var batch = LogBatch(after: log.received, hasOffsets: true)
      try messages.forEach { message in
        let view = try WorkerMessageView(reading: message)
        try batch.append(view.data, at: view.offset, stream: 0, step: 0)
      }
      for case .output(let bytes, let pieces) in batch.take() { try await log.append(bytes, pieces) }
      acknowledgement.appended()
    }
    try await acknowledgement.finish()
  }
}
