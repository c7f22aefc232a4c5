import Glibc
import Platform

/// `mise-ci`: the one program that is deployed, as the server (`matriz`), as the worker, and to look at runs.
@main
struct MiseCI {
  static let command = Command(
    "mise-ci", "Turns a push into a verified result.",
    discussion: "Exit codes: 0, 1 when something failed, 2 for a wrong command line or configuration.",
    subcommands: [
      MatrizCommand.command, WorkerCommand.command, RunsCommand.command, ShowCommand.command,
      LogsCommand.command, CancelCommand.command, RerunCommand.command, ApproveCommand.command,
      ArtifactsCommand.command,
      DeliveriesCommand.command,
    ])

  static func main() async {
    // A file that may not grow any more (RLIMIT_FSIZE) is an error of the write (EFBIG), not the end of this process.
    signal(SIGXFSZ, SIG_IGN)
    do {
      switch try command.parse(Array(CommandLine.arguments.dropFirst())) {
      case .help(let text): print(text, terminator: "")
      case .run(let values): exit(try await run(values))
      }
    } catch let error as UsageError {
      StandardError.print(error.message)
      exit(UsageError.exitCode)
    } catch {
      StandardError.print("mise-ci: \(error)")
      exit(1)
    }
  }

  private static func run(_ values: CommandLineValues) async throws -> Int32 {
    switch values.path.first {
    case "matriz": return try await MatrizCommand.run(values)
    case "worker": return try await WorkerCommand.run(values)
    case "runs": return try await RunsCommand.run(values)
    case "show": return try await ShowCommand.run(values)
    case "logs": return try await LogsCommand.run(values)
    case "cancel": return try await CancelCommand.run(values)
    case "approve": return try await ApproveCommand.run(values)
    case "rerun": return try await RerunCommand.run(values)
    case "artifacts": return try await ArtifactsCommand.run(values)
    case "deliveries": return try await DeliveriesCommand.run(values)
    default: throw UsageError("mise-ci: say which command; 'mise-ci --help' lists them")
    }
  }
}
