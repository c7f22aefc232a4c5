import Glibc
import Platform

/// `benchmarks`: measures the path of bytes between worker and matriz against what the machine can do.
@main
struct Main {
  static let command = Command(
    "benchmarks", "Measures the path of bytes between worker and matriz.",
    discussion: """
      Every measurement is made by two processes on loopback. Run a release build on an otherwise idle machine;
      what the machine can do changes from minute to minute, so only ratios within one run say much.
      """,
    subcommands: [
      StreamScenario.command, LogsScenario.command, IdleScenario.command, SimulateScenario.command,
      Side.command,
    ])

  static func main() async {
    do {
      switch try command.parse(Array(CommandLine.arguments.dropFirst())) {
      case .help(let text): emit(text)
      case .run(let values): try await run(values)
      }
    } catch let error as UsageError {
      fail(error.message, UsageError.exitCode)
    } catch {
      fail("benchmarks: \(error)", 1)
    }
  }

  private static func run(_ values: CommandLineValues) async throws {
    switch values.path.first {
    case "stream": try await StreamScenario(values).run()
    case "logs": try await LogsScenario(values).run()
    case "idle": try await IdleScenario(values).run()
    case "simulate": try SimulateScenario(values).run()
    default: try await Side.run(values)
    }
  }

  private static func fail(_ message: String, _ code: Int32) -> Never {
    Array((message + "\n").utf8).withUnsafeBytes { _ = write(2, $0.baseAddress, $0.count) }
    exit(code)
  }
}
