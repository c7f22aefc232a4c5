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
    let signal = Watched<Int32?>(nil)
    try Signals.handle([SIGTERM, SIGINT]) { number in signal.withLock { $0 = number } }
    do {
      try await Matriz.run(loaded.configuration, logger: logger) { _ in
        let number = try await signal.value { $0 }
        logger.info("stopping", ["signal": "\(number)"])
      }
    } catch let error as MatrizError where error.code == .misconfigured {
      StandardError.print("mise-ci matriz: \(error)")
      return UsageError.exitCode
    }
    logger.info("stopped")
    return 0
  }

  private static func level(_ values: CommandLineValues) throws(UsageError) -> Logger.Level {
    guard let name = values.string("log-level") else { return .info }
    guard let level = Logger.Level.allCases.first(where: { "\($0)" == name }) else {
      throw UsageError("mise-ci matriz: --log-level takes debug, info, warning or error, not '\(name)'")
    }
    return level
  }
}
