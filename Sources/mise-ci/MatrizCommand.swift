import Configuration
import Glibc
import Matriz
import Platform

/// `mise-ci matriz`: serves until SIGTERM or SIGINT.
enum MatrizCommand {
  static let command = Command(
    "matriz", "Runs the server.",
    discussion: """
      Every key of the file can also be set as MISE_CI_SECTION_KEY in the environment, which wins; then the file may be
      left out. SIGTERM ends the server in order: jobs go on, and their workers connect to the next one.
      SIGHUP reads the certificate for workers' connections again.
      """,
    options: [
      .init("config", value: "FILE", "The configuration, such as matriz.yaml."),
      .init("check", "Check the configuration and end."),
      .init("log-level", value: "LEVEL", "debug, info (default), warning or error."),
    ])

  static func run(_ values: CommandLineValues) async throws -> Int32 {
    let logger = Logger(label: "matriz", level: try level(values))
    let loaded: LoadedConfiguration
    do {
      loaded = try await MatrizConfiguration.load(
        file: values.string("config"), environment: ProcessEnvironment.current())
    } catch {
      StandardError.print("\(error)")
      return UsageError.exitCode
    }
    for warning in loaded.warnings { logger.warning(warning) }
    if values.has("check") {
      print("The configuration is right.")
      return 0
    }
    // A file that may not grow is an error of the write, as a full disk is, and nothing to die of.
    signal(SIGXFSZ, SIG_IGN)
    let signals = Watched<[Int32]>([])
    try Signals.handle([SIGTERM, SIGINT, SIGHUP]) { number in signals.withLock { $0.append(number) } }
    do {
      try await Matriz.run(loaded.configuration, logger: logger) { matriz in
        while true {
          let number = try await signals.value { $0.first }
          signals.withLock { _ = $0.removeFirst() }
          guard number == SIGHUP else { return logger.info("stopping", ["signal": "\(number)"]) }
          await reload(matriz, logger)
        }
      }
    } catch let error as MatrizError where error.code == .misconfigured {
      StandardError.print("mise-ci matriz: \(error)")
      return UsageError.exitCode
    }
    logger.info("stopped")
    return 0
  }

  private static func reload(_ matriz: Matriz, _ logger: Logger) async {
    do {
      try await matriz.reloadCertificates()
      logger.info("certificates read again")
    } catch {
      logger.error("the certificates cannot be used; the old ones stay", ["reason": "\(error)"])
    }
  }

  private static func level(_ values: CommandLineValues) throws(UsageError) -> Logger.Level {
    guard let name = values.string("log-level") else { return .info }
    guard let level = Logger.Level.allCases.first(where: { "\($0)" == name }) else {
      throw UsageError("mise-ci matriz: --log-level takes debug, info, warning or error, not '\(name)'")
    }
    return level
  }
}
