import Platform

/// One side of a measurement, in a process of its own.
enum Side {
  enum Role: String, CaseIterable {
    case limitServer = "limit-server"
    case limitWorker = "limit-worker"
    case streamServer = "stream-server"
    case streamWorker = "stream-worker"
    case logsServer = "logs-server"
    case logsWorker = "logs-worker"
    case idleServer = "idle-server"
    case idleWorker = "idle-worker"
  }

  static let command = Command(
    "side", "One side of a measurement, by itself: a server prints its port, a worker is given it.",
    options: [
      .init("port", value: "PORT", "where the server listens on loopback (worker)"),
      .init("file", value: "PATH", "the file to send"),
      .init("chunk", value: "SIZE", "the size of one message"),
      .init("out", value: "FOLDER", "where to write (server)"),
      .init("seconds", value: "N", "repeat for that long"),
      .init("connections", value: "N", "connections at once"),
      .init("count", value: "N", "messages to send"),
      .init("certificate", value: "PATH", "certificate of a secured connection"),
      .init("key", value: "PATH", "its key (server)"),
    ],
    arguments: [.init("role", Role.allCases.map(\.rawValue).joined(separator: ", "))])

  /// What a side is told by its command line.
  struct Options: Sendable {
    var port = 0
    var file = ""
    var folder = ""
    var chunkBytes = 262_144
    var seconds = 0
    var connections = 1
    var count = 0
    var certificateFile: String?
    var keyFile: String?
  }

  static func run(_ values: CommandLineValues) async throws {
    guard let role = values.arguments.first.flatMap(Role.init(rawValue:)) else {
      throw UsageError("benchmarks side: unknown role '\(values.arguments.first ?? "")'")
    }
    var options = Options()
    options.port = try values.integer("port", in: 1...65_535) ?? 0
    options.file = values.string("file") ?? ""
    options.folder = values.string("out") ?? ""
    options.chunkBytes =
      try values.string("chunk").map { try ByteCount.parse($0, option: "chunk") } ?? 262_144
    options.seconds = try values.integer("seconds", in: 0...86_400) ?? 0
    options.connections = try values.integer("connections", in: 1...100_000) ?? 1
    options.count = try values.integer("count", in: 1...1_000_000_000_000) ?? 1
    options.certificateFile = values.string("certificate")
    options.keyFile = values.string("key")
    let report = try await run(role, options)
    emit(report.line)
  }

  private static func run(_ role: Role, _ options: Options) async throws -> SideReport {
    switch role {
    case .limitServer: try await LimitServer(options).run()
    case .limitWorker: try await LimitWorker(options).run()
    case .streamServer: try await StreamServer(options).run()
    case .streamWorker: try await StreamWorker(options).run()
    case .logsServer: try await LogsServer(options).run()
    case .logsWorker: try await LogsWorker(options).run()
    case .idleServer: try await IdleServer(options).run()
    case .idleWorker: try await IdleWorker(options).run()
    }
  }
}
