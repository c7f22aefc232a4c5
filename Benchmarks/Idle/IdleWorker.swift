import Crypto
import GRPC
import Platform
import WorkerProtocol

/// Many workers in one process: each connects, introduces itself and waits for the server's greeting.
struct IdleWorker {
  private static let connectionsAtOnce = 64

  let options: Side.Options

  init(_ options: Side.Options) {
    self.options = options
  }

  func run() async throws -> SideReport {
    try raiseDescriptorLimit()
    var configuration = GRPCClientConfiguration()
    if let certificateFile = options.certificateFile {
      configuration.security = try await TLSContext.client(
        authoritiesFile: certificateFile, applicationProtocols: ["h2"])
    }
    let clock = MeasuredTime()
    clock.begin()
    let workers = try await connect(configuration)
    clock.end()
    for worker in workers { worker.stream.finish() }
    for worker in workers {
      while try await worker.stream.receive() != nil {}
      await worker.client.close()
    }
    return SideReport(seconds: clock.seconds, count: workers.count)
  }

  private typealias Connected = (client: GRPCClient, stream: GRPCClientStream)

  private func connect(_ configuration: GRPCClientConfiguration) async throws -> [Connected] {
    let port = options.port
    let count = options.connections
    return try await withThrowingTaskGroup(of: Connected.self) { group in
      var connected: [Connected] = []
      for index in 0..<count {
        if index >= Self.connectionsAtOnce, let next = try await group.next() { connected.append(next) }
        group.addTask { try await Self.connectOne(port, configuration, index: index) }
      }
      for try await next in group { connected.append(next) }
      return connected
    }
  }

  private static func connectOne(
    _ port: Int, _ configuration: GRPCClientConfiguration, index: Int
  ) async throws -> Connected {
    let client = try await GRPCClient.connect(to: Endpoint(host: "127.0.0.1", port: port), configuration)
    // As long as a real token.
    let token = String(repeating: "t", count: 300) + String(index)
    let stream = try await client.openStream(
      path: WorkerService.connectPath, metadata: [WorkerService.authorizationHeader: "Bearer \(token)"])
    var info = WorkerMessage.RunnerInfo()
    info.hostname = "worker-\(index)"
    info.os = "linux"
    info.arch = "amd64"
    info.features = WorkerFeature.all
    try await stream.send(WorkerMessage(.runnerInfo(info)).encode())
    _ = try await stream.receive()
    return (client, stream)
  }
}
