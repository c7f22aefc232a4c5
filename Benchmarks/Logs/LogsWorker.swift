import GRPC
import Platform
import WorkerProtocol

/// Sends output in small messages, many at once, and waits until all of it is acknowledged.
struct LogsWorker {
  /// Messages that are handed to the stream together.
  private static let batchCount = 2_048

  let options: Side.Options

  init(_ options: Side.Options) {
    self.options = options
  }

  func run() async throws -> SideReport {
    let client = try await GRPCClient.connect(to: Endpoint(host: "127.0.0.1", port: options.port))
    let stream = try await client.openStream(path: WorkerService.connectPath)
    let clock = MeasuredTime()
    clock.begin()
    async let acknowledged: Void = waitForAcknowledgement(stream)
    try await send(stream)
    try await acknowledged
    clock.end()
    stream.finish()
    while try await stream.receive() != nil {}
    let report = SideReport(
      seconds: clock.seconds, bytes: options.count * options.chunkBytes, count: options.count)
    await client.close()
    return report
  }

  private func send(_ stream: GRPCClientStream) async throws {
    let data = [UInt8](repeating: 0x78, count: options.chunkBytes)
    var offset: UInt64 = 0
    var rest = options.count
    while rest > 0 {
      let count = min(rest, Self.batchCount)
      var messages = OutgoingMessages(
        reservingBytes: count * (data.count + WorkerMessageFrame.maximumHeaderBytes))
      data.withUnsafeBytes { data in
        for _ in 0..<count {
          messages.append { buffer in
            WorkerMessageFrame.appendOutput(
              id: 1, offset: offset, stream: .standardOutput, data: data, to: &buffer)
          }
          offset += UInt64(data.count)
        }
      }
      try await stream.send(messages)
      rest -= count
    }
  }

  private func waitForAcknowledgement(_ stream: GRPCClientStream) async throws {
    let end = UInt64(options.count * options.chunkBytes)
    var acknowledged: UInt64 = 0
    while acknowledged < end, let batch = try await stream.receive() {
      try batch.forEach { bytes in
        if case .ack(let ack) = try ServerMessage(decoding: bytes).payload { acknowledged = ack.offset }
      }
    }
  }
}
