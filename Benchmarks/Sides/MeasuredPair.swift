/// Runs a server and a worker to their end.
enum MeasuredPair {
  static func run(
    server serverRole: Side.Role, _ serverOptions: [String], worker workerRole: Side.Role,
    _ workerOptions: [String]
  ) async throws -> (server: SideReport, worker: SideReport) {
    let server = try SideProcess.start(serverRole, serverOptions)
    do {
      let port = try await server.port()
      let worker = try SideProcess.start(workerRole, workerOptions + ["--port", String(port)])
      do {
        return (try await server.report(), try await worker.report())
      } catch {
        await worker.stop()
        throw error
      }
    } catch {
      await server.stop()
      throw error
    }
  }
}
