/// The rounds of one chunk size.
struct StreamMeasurement {
  typealias Sides = (server: SideReport, worker: SideReport)

  let chunkBytes: Int
  private var limits: [Sides] = []
  private var ours: [Sides] = []

  init(chunkBytes: Int) {
    self.chunkBytes = chunkBytes
  }

  mutating func add(limit: Sides, ours: Sides) {
    limits.append(limit)
    self.ours.append(ours)
  }

  private static func speed(_ sides: Sides) -> Double {
    Double(sides.server.bytes) / 1e6 / max(sides.server.seconds, 1e-9)
  }

  private static func perGB(_ seconds: Double, _ sides: Sides) -> Double {
    seconds / (Double(max(1, sides.server.bytes)) / 1e9)
  }

  private var ratio: Double {
    median(zip(ours, limits).map { Self.speed($0) / Self.speed($1) })
  }

  private func peakMiB(_ side: (Sides) -> SideReport) -> Double {
    Double(ours.map { side($0).peakKiB }.max() ?? 0) / 1_024
  }

  var json: String {
    JSONLine([
      ("scenario", .text("stream")),
      ("chunkBytes", .number(Double(chunkBytes), digits: 0)),
      ("megabytesPerSecond", .number(median(ours.map(Self.speed)), digits: 1)),
      ("limitMegabytesPerSecond", .number(median(limits.map(Self.speed)), digits: 1)),
      ("ratioToLimit", .number(ratio, digits: 3)),
      ("serverCPUSecondsPerGB", .number(serverCPU(ours), digits: 3)),
      ("workerCPUSecondsPerGB", .number(workerCPU(ours), digits: 3)),
      ("serverPeakMiB", .number(peakMiB(\.server), digits: 1)),
      ("workerPeakMiB", .number(peakMiB(\.worker), digits: 1)),
    ]).text
  }

  private func serverCPU(_ rounds: [Sides]) -> Double {
    median(rounds.map { Self.perGB($0.server.cpuSeconds, $0) })
  }

  private func workerCPU(_ rounds: [Sides]) -> Double {
    median(rounds.map { Self.perGB($0.worker.cpuSeconds, $0) })
  }

  static func printHeader() {
    emit(
      "chunk        MB/s   limit  ratio   CPU s/GB server worker (limit: server worker)   peak MiB server worker"
    )
  }

  var row: String {
    let cells = [
      pad(ByteCount.text(chunkBytes), 9),
      pad(fixed(median(ours.map(Self.speed)), 0), 8), pad(fixed(median(limits.map(Self.speed)), 0), 8),
      pad(fixed(ratio, 3), 7), pad(fixed(serverCPU(ours), 2), 18), pad(fixed(workerCPU(ours), 2), 7),
      pad(fixed(serverCPU(limits), 2), 15), pad(fixed(workerCPU(limits), 2), 7),
      pad(fixed(peakMiB(\.server), 1), 18), pad(fixed(peakMiB(\.worker), 1), 7),
    ]
    return cells.joined()
  }
}
