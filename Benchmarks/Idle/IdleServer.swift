import Crypto
import GRPC
import Glibc
import Platform
import WorkerProtocol

/// Greets each worker and waits with it; measures its memory once all are there.
struct IdleServer {
  private struct State {
    var connected = 0
    var ended = 0
  }

  private static let warmUpConnections = 20

  let options: Side.Options

  init(_ options: Side.Options) {
    self.options = options
  }

  func run() async throws -> SideReport {
    try raiseDescriptorLimit()
    var configuration = GRPCServerConfiguration()
    if let certificateFile = options.certificateFile, let keyFile = options.keyFile {
      configuration.security = try await TLSContext.server(
        certificateFile: certificateFile, keyFile: keyFile, applicationProtocols: ["h2"])
    }
    let state = Watched(State())
    let server = try await GRPCServer.start(
      configuration,
      methods: [
        WorkerService.connectPath: { stream in
          let status = await Self.serve(stream) { state.withLock { $0.connected += 1 } }
          state.withLock { $0.ended += 1 }
          return status
        }
      ])
    emit("port \(server.port)")
    // The first ones bring in code and pools, which are there once.
    let first = min(Self.warmUpConnections, options.connections - 1)
    _ = try await state.value { $0.connected >= first ? true : nil }
    let before = ProcessUsage.residentKiB()
    let counted = options.connections - state.withLock { $0.connected }
    _ = try await state.value { [options] in $0.connected == options.connections ? true : nil }
    let grownKiB = ProcessUsage.residentKiB() - before
    _ = try await state.value { [options] in $0.ended == options.connections ? true : nil }
    let report = SideReport(count: max(1, counted), grownKiB: grownKiB)
    await server.shutdown(graceSeconds: 5)
    return report
  }

  private static func serve(_ stream: GRPCServerStream, greeted: () -> Void) async -> GRPCStatus {
    do {
      guard try await stream.receive() != nil else { return GRPCStatus(.invalidArgument, "no greeting") }
      try await stream.send(
        ServerMessage(.features(ServerMessage.Features(names: WorkerFeature.all))).encode())
      greeted()
      while try await stream.receive() != nil {}
      return .ok
    } catch {
      return GRPCStatus(.cancelled, "\(error)")
    }
  }
}

/// Two descriptors for each connection of a loopback measurement would exceed the usual soft limit.
func raiseDescriptorLimit() throws {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  limit.rlim_cur = limit.rlim_max
  if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 {
    throw SystemError.last("setrlimit")
  }
}
