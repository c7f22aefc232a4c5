import Platform

/// A worker sends output in messages of 100 bytes; the server appends it to a job's log and acknowledges.
struct LogsScenario {
  static let command = Command(
    "logs", "A worker sends output in messages of 100 bytes, which the server logs and acknowledges.",
    options: [
      .init("count", value: "N", "messages to send (20000000)"),
      .init("size", value: "SIZE", "bytes of output in each message (100)"),
      .init("out", value: "FOLDER", "write there instead of into a temporary folder"),
      .init("rounds", value: "N", "measurements, of which the median counts (3)"),
      .init("json", "print one JSON object"),
    ])

  private let count: Int
  private let bytes: Int
  private let out: String?
  private let rounds: Int
  private let isJSON: Bool

  init(_ values: CommandLineValues) throws(UsageError) {
    count = try values.integer("count", in: 1...1_000_000_000) ?? 20_000_000
    bytes =
      try values.string("size").map { size throws(UsageError) in
        try ByteCount.parse(size, option: "size")
      } ?? 100
    guard bytes <= 65_536 else { throw UsageError("benchmarks: --size of a message is at most 64KiB") }
    out = values.string("out")
    rounds = try values.integer("rounds", in: 1...1_000) ?? 3
    isJSON = values.has("json")
  }

  func run() async throws {
    try await withTemporaryDirectory(prefix: "benchmarks") { folder in
      var speeds: [Double] = []
      var last: (server: SideReport, worker: SideReport)?
      for _ in 0..<rounds {
        let common = ["--count", String(count), "--chunk", String(bytes)]
        let sides = try await MeasuredPair.run(
          server: .logsServer, common + ["--out", out ?? folder], worker: .logsWorker, common)
        try await removeTree("\(out ?? folder)/benchmark-logs")
        speeds.append(Double(sides.worker.count) / max(sides.worker.seconds, 1e-9))
        last = sides
      }
      guard let last else { return }
      let million = Double(count) / 1e6
      if isJSON {
        emit(
          JSONLine([
            ("scenario", .text("logs")), ("messageBytes", .number(Double(bytes), digits: 0)),
            ("messagesPerSecond", .number(median(speeds), digits: 0)),
            ("serverCPUSecondsPerMillion", .number(last.server.cpuSeconds / million, digits: 4)),
            ("workerCPUSecondsPerMillion", .number(last.worker.cpuSeconds / million, digits: 4)),
            ("serverPeakMiB", .number(Double(last.server.peakKiB) / 1_024, digits: 1)),
            ("workerPeakMiB", .number(Double(last.worker.peakKiB) / 1_024, digits: 1)),
          ]).text)
      } else {
        emit(
          """
          \(fixed(median(speeds) / 1e6, 2)) million messages/s of \(bytes) bytes, logged and acknowledged
          CPU s per million: server \(fixed(last.server.cpuSeconds / million, 3)), \
          worker \(fixed(last.worker.cpuSeconds / million, 3))
          peak MiB: server \(fixed(Double(last.server.peakKiB) / 1_024, 1)), \
          worker \(fixed(Double(last.worker.peakKiB) / 1_024, 1))
          """)
      }
    }
  }
}
