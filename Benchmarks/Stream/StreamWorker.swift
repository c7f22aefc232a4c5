import Platform
import Worker

/// The worker's side: workers as they are, which do what the server says until it says that it is over.
struct StreamWorker {
  let options: Side.Options

  init(_ options: Side.Options) {
    self.options = options
  }

  func run() async throws -> SideReport {
    var workerOptions = WorkerOptions(callbackURL: "", token: "benchmark", environment: [:])
    workerOptions.serverAddress = "127.0.0.1:\(options.port)"
    workerOptions.fileChunkBytes = options.chunkBytes
    let exits = await withTaskGroup(of: WorkerExit.self) { [workerOptions, options] group in
      for _ in 0..<options.connections {
        group.addTask { await Worker.run(workerOptions) }
      }
      return await group.reduce(into: [WorkerExit]()) { $0.append($1) }
    }
    for exit in exits where exit != .closed {
      throw UsageError("benchmarks: a worker ended with \(exit)")
    }
    return SideReport()
  }
}
