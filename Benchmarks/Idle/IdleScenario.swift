import Crypto
import FoundationEssentials
import Platform

/// Many workers are connected and say nothing.
struct IdleScenario {
  static let command = Command(
    "idle", "Workers connect and wait: the time it takes and the memory it costs the server.",
    options: [
      .init("connections", value: "N", "workers (1000)"),
      .init("tls", "secured connections"),
      .init("json", "print one JSON object"),
    ])

  private let connections: Int
  private let isSecured: Bool
  private let isJSON: Bool

  init(_ values: CommandLineValues) throws(UsageError) {
    connections = try values.integer("connections", in: 1...100_000) ?? 1_000
    isSecured = values.has("tls")
    isJSON = values.has("json")
  }

  func run() async throws {
    try await withTemporaryDirectory(prefix: "benchmarks") { folder in
      var common = ["--connections", String(connections)]
      if isSecured {
        let certificate = try SelfSignedCertificate.generate()
        try Data(certificate.certificatePEM.utf8).write(to: URL(filePath: "\(folder)/server.crt"))
        try Data(certificate.keyPEM.utf8).write(to: URL(filePath: "\(folder)/server.key"))
        common += ["--certificate", "\(folder)/server.crt", "--key", "\(folder)/server.key"]
      }
      let sides = try await MeasuredPair.run(server: .idleServer, common, worker: .idleWorker, common)
      let each = Double(sides.server.grownKiB) / Double(max(1, sides.server.count))
      if isJSON {
        emit(
          JSONLine([
            ("scenario", .text(isSecured ? "idle-tls" : "idle")),
            ("connections", .number(Double(connections), digits: 0)),
            ("acceptSeconds", .number(sides.worker.seconds, digits: 3)),
            ("serverKiBPerConnection", .number(each, digits: 1)),
            ("serverPeakMiB", .number(Double(sides.server.peakKiB) / 1_024, digits: 1)),
          ]).text)
      } else {
        emit(
          """
          \(connections) connected workers\(isSecured ? " over TLS" : ""): accepted in \
          \(fixed(sides.worker.seconds, 3)) s, \(fixed(each, 1)) KiB each at the server \
          (peak \(fixed(Double(sides.server.peakKiB) / 1_024, 1)) MiB in all)
          """)
      }
    }
  }
}
