import Glibc
import Platform

/// One worker (or several) sends a file; the server hashes and writes it. In turns with the limit.
struct StreamScenario {
  static let command = Command(
    "stream", "A worker sends a file in chunks; the server hashes and writes it.",
    discussion: """
      The limit is a bare TCP pipe that does the same work: read and send; receive, then SHA-256 and write on a second
      thread. Both run in turns, and the ratio is the median over the rounds. Neither waits for the disk.
      """,
    options: [
      .init("size", value: "SIZE", "size of the file that is made (1GiB)"),
      .init("chunk", value: "SIZE", "chunk size; may be given more than once (64KiB, 256KiB and 1MiB)"),
      .init("file", value: "PATH", "send this file instead of one that is made"),
      .init("out", value: "FOLDER", "write there instead of into a temporary folder"),
      .init("seconds", value: "N", "send the file again and again for that long in each round"),
      .init("connections", value: "N", "workers at once (1)"),
      .init("rounds", value: "N", "rounds of limit and stream (3)"),
      .init("json", "print one JSON object per measurement"),
    ])

  private let size: Int
  private let chunks: [Int]
  private let file: String?
  private let out: String?
  private let seconds: Int
  private let connections: Int
  private let rounds: Int
  private let isJSON: Bool

  init(_ values: CommandLineValues) throws(UsageError) {
    size =
      try values.string("size").map { size throws(UsageError) in
        try ByteCount.parse(size, option: "size")
      } ?? 1_073_741_824
    var chunks: [Int] = []
    for text in values.strings("chunk") {
      let chunk = try ByteCount.parse(text, option: "chunk")
      guard chunk <= 8 * 1_048_576 else { throw UsageError("benchmarks: --chunk is at most 8MiB") }
      chunks.append(chunk)
    }
    self.chunks = chunks.isEmpty ? [65_536, 262_144, 1_048_576] : chunks
    file = values.string("file")
    out = values.string("out")
    seconds = try values.integer("seconds", in: 0...86_400) ?? 0
    connections = try values.integer("connections", in: 1...1_000) ?? 1
    rounds = try values.integer("rounds", in: 1...1_000) ?? 3
    isJSON = values.has("json")
  }

  func run() async throws {
    try await withTemporaryDirectory(prefix: "benchmarks") { folder in
      let source = file ?? "\(folder)/source"
      if file == nil { try await BlockingExecutor.files.run { [size] in try SourceFile.make(source, size) } }
      let target = out ?? folder
      if !isJSON { StreamMeasurement.printHeader() }
      for chunk in chunks {
        var measurement = StreamMeasurement(chunkBytes: chunk)
        for _ in 0..<rounds {
          let limit = try await round(.limitServer, .limitWorker, source, target, chunk)
          let ours = try await round(.streamServer, .streamWorker, source, target, chunk)
          measurement.add(limit: limit, ours: ours)
        }
        emit(isJSON ? measurement.json : measurement.row)
      }
    }
  }

  private func round(
    _ serverRole: Side.Role, _ workerRole: Side.Role, _ source: String, _ target: String, _ chunk: Int
  ) async throws -> (server: SideReport, worker: SideReport) {
    let common = [
      "--file", source, "--chunk", String(chunk), "--connections", String(connections),
    ]
    return try await MeasuredPair.run(
      server: serverRole, common + ["--out", target, "--seconds", String(seconds)], worker: workerRole, common
    )
  }
}

/// A file to be sent, of bytes that no layer can make smaller.
private enum SourceFile {
  /// Blocks.
  static func make(_ path: String, _ size: Int) throws {
    let descriptor = try Descriptor.open(path, flags: O_WRONLY | O_CREAT | O_TRUNC)
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    var rest = size
    while rest > 0 {
      let block = [UInt64](unsafeUninitializedCapacity: 32_768) { buffer, count in
        for index in 0..<32_768 {
          state ^= state << 13
          state ^= state >> 7
          state ^= state << 17
          buffer[index] = state
        }
        count = 32_768
      }
      let part = min(rest, 262_144)
      try block.withUnsafeBytes { try descriptor.writeAll(UnsafeRawBufferPointer(rebasing: $0[..<part])) }
      rest -= part
    }
  }
}
