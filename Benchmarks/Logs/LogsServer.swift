import GRPC
import Glibc
import Platform
import WorkerProtocol

/// Appends the output of each batch to a log file and acknowledges it.
struct LogsServer {
  let options: Side.Options

  init(_ options: Side.Options) {
    self.options = options
  }

  func run() async throws -> SideReport {
    let ended = Watched<GRPCStatus?>(nil)
    let path = "\(options.folder)/job.log"
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
    let executor = BlockingExecutor(name: "logs")
    defer { executor.shutdown() }
    let raw = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC | O_APPEND).release()
    unlink(path)
    defer { close(raw) }
    var size: UInt64 = 0
    while let batch = try await stream.receive() {
      var bytes: [UInt8] = []
      bytes.reserveCapacity(batch.byteCount)
      try batch.forEach { message in
        let view = try WorkerMessageView(reading: message)
        bytes.append(contentsOf: view.data)
      }
      size += UInt64(bytes.count)
      let gathered = bytes
      try await executor.run {
        var failure: SystemError?
        gathered.withUnsafeBytes { bytes in
          let file = Descriptor(owning: raw)
          do throws(SystemError) { try file.writeAll(bytes) } catch { failure = error }
          _ = file.release()
        }
        if let failure { throw failure }
      }
      try await stream.send(ServerMessage(.ack(ServerMessage.Ack(id: 1, offset: size))).encode())
    }
  }
}
